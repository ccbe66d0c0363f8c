"""Step: what one forward pass computes, as the scheduler says it to the runner; integers only."""

from __future__ import annotations

from dataclasses import dataclass, field

from .sequence import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Tokens [start, end) of a sequence, then its drafts, and where their keys lie."""

    sequence: Sequence
    start: int
    end: int
    drafts: tuple[int, ...]
    block_ids: tuple[int, ...]
    slots: tuple[int, ...]

    @property
    def ids(self) -> list[int]:
        return [*self.sequence.tokens[self.start : self.end], *self.drafts]

    @property
    def is_last(self) -> bool:
        """Whether it reaches the end of the tokens, so that the next one can be picked."""
        return self.end == len(self.sequence.tokens)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """Tokens [start, end) of a sequence, within a passage whose keys do not depend on what stands before it."""

    sequence: Sequence
    passage: tuple[int, ...]  # all of its tokens
    place: int  # where the first of them stands
    start: int
    end: int
    slots: tuple[int, ...]
    is_known: bool  # so that nothing need be computed

    @property
    def skipped(self) -> int:
        """The passage's tokens before ``start``."""
        return self.start - self.place


@dataclass(slots=True)
class Step:
    """One forward pass; ``copies`` of whole blocks, (from, to), come before anything is written, then ``fills``."""

    shares: list[Share] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    copies: list[tuple[int, int]] = field(default_factory=list)

    @property
    def num_tokens(self) -> int:
        """How many are computed."""
        encoded = sum(len(fill.slots) for fill in self.fills if not fill.is_known)
        return encoded + sum(len(share.slots) for share in self.shares)

    @property
    def is_empty(self) -> bool:
        return not (self.shares or self.fills)
