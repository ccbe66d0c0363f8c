"""Sequence: one request's tokens and how far they are computed.

Tokens [0, num_computed) have their keys in the block table; a sequence decodes when all
but its last token are computed. Preempted, it keeps its tokens and computes them again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .completion import FinishReason, SamplingParams
from .deadline import Deadline


@dataclass(slots=True, eq=False, weakref_slot=True)
class Sequence:
    """Waiting, then running, until ``finish`` says how it ended."""

    prompt: tuple[int, ...]
    sampling: SamplingParams
    end_ids: frozenset[int] = frozenset()
    deadline: Deadline | None = None
    request_id: str | None = None
    tokens: list[int] = field(default_factory=list)  # the prompt, and what came after
    num_computed: int = 0
    num_cached: int = 0  # of the prompt, spared by prefix reuse
    num_drafts: int = 0  # how many tokens to guess next; learned from how guesses fare
    is_aborted: bool = False  # set by any thread, seen between steps
    finish: FinishReason | None = None

    def __post_init__(self) -> None:
        self.tokens = list(self.prompt)

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
