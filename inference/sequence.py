"""Sequence: one request's tokens and how far they are computed.

Tokens [0, num_computed) have their keys in the block table; a sequence decodes when all
but its last token are computed. Preempted, it keeps its tokens and computes them again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .completion import FinishReason, SamplingParams
from .deadline import Deadline

_LINKED = 8  # tokens of a passage that are computed where it stands
_IN_PASSAGE, _FIRST_OF_PASSAGE = 1 << 40, 1 << 41  # beyond any vocabulary


@dataclass(frozen=True, slots=True)
class PassageRange:
    """Tokens [start, end) of a prompt are a passage whose keys may be computed apart from the rest.

    Its first tokens are computed in their place nevertheless: alone they would draw the attention that the
    beginning of a text draws (EPIC, Hu et al., 2024).
    """

    start: int
    end: int

    @property
    def first(self) -> int:
        """From here on it is filled in."""
        return min(self.start + _LINKED, self.end)


@dataclass(slots=True, eq=False, weakref_slot=True)
class Sequence:
    """Waiting, then running, until ``finish`` says how it ended."""

    prompt: tuple[int, ...]
    sampling: SamplingParams
    end_ids: frozenset[int] = frozenset()
    deadline: Deadline | None = None
    request_id: str | None = None
    passages: tuple[PassageRange, ...] = ()  # in order, apart, all before the prompt's last token
    tokens: list[int] = field(default_factory=list)  # the prompt, and what came after
    num_computed: int = 0
    num_cached: int = 0  # of the prompt, spared by prefix reuse
    is_aborted: bool = False  # set by any thread, seen between steps
    finish: FinishReason | None = None

    _marked: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tokens, self._marked = list(self.prompt), list(self.prompt)
        for passage in self.passages:
            self._marked[passage.start] += _FIRST_OF_PASSAGE
            for place in range(passage.start + 1, passage.end):
                self._marked[place] += _IN_PASSAGE

    @property
    def names(self) -> list[int]:
        """The tokens, marked where their keys are a passage's own: equal beginnings have equal keys."""
        return [*self._marked, *self.tokens[len(self._marked) :]] if self.passages else self.tokens

    def pieces(self, start: int, end: int) -> Iterator[tuple[int, int, PassageRange | None]]:
        """[start, end) cut where passages are filled in; with the passage, or None for what is computed."""
        for passage in self.passages:
            first, last = max(start, passage.first), min(end, passage.end)
            if first < last:
                if start < first:
                    yield start, first, None
                yield first, last, passage
                start = last
        if start < end:
            yield start, end, None

    @property
    def num_outputs(self) -> int:
        return len(self.tokens) - len(self.prompt)

    @property
    def num_uncomputed(self) -> int:
        return len(self.tokens) - self.num_computed

    @property
    def is_decoding(self) -> bool:
        return self.num_uncomputed == 1

    @property
    def num_left(self) -> int:
        """Tokens it may still be given."""
        return self.sampling.max_tokens - self.num_outputs
