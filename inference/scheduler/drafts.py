"""Prompt-lookup drafts (Saxena, 2023): what followed the last few tokens when they last stood in the text.

Answers copy from passages, so the guess is often right; it is checked by the network, so
a wrong one costs a little time and never a token.
"""

from __future__ import annotations

from collections.abc import Sequence as Seq
from dataclasses import dataclass, field

from inference.sequence import Sequence
from inference.step import Share

_LENGTHS = (4, 3, 2)  # the longest ending that is known decides


class PromptLookup:
    """One sequence's runs of tokens, each with the place after its latest occurrence; grows with the sequence."""

    def __init__(self) -> None:
        self._after: dict[tuple[int, ...], int] = {}
        self._num_indexed = 0

    def propose(self, tokens: Seq[int], *, max_drafts: int) -> list[int]:
        """Up to ``max_drafts`` tokens; empty where the ending is new. ``tokens`` only ever grow at their end."""
        for end in range(self._num_indexed + 1, len(tokens)):  # all but the ending itself
            for length in _LENGTHS:
                if length <= end:
                    self._after[tuple(tokens[end - length : end])] = end
        self._num_indexed = max(self._num_indexed, len(tokens) - 1)
        for length in _LENGTHS:
            place = self._after.get(tuple(tokens[-length:])) if length <= len(tokens) else None
            if place is not None:
                return list(tokens[place : place + max_drafts])
        return []


@dataclass(slots=True)
class _Guessing:
    """A sequence's lookup, and how many tokens to guess next."""

    num_wanted: int
    lookup: PromptLookup = field(default_factory=PromptLookup)


class Drafter:
    """Drafts for many sequences, ``max_drafts`` at once at most: more where guesses hold, fewer where they do not."""

    def __init__(self, *, max_drafts: int) -> None:
        self.max_drafts = max_drafts
        self._guessing: dict[Sequence, _Guessing] = {}
        self.num_drafted = self.num_accepted = 0

    def propose(self, sequence: Sequence, *, room: int) -> list[int]:
        """Up to ``room`` tokens to be checked; none for a sequence whose tokens are drawn by chance."""
        if min(room, self.max_drafts) < 1 or not sequence.sampling.is_greedy:
            return []
        guessing = self._guessing.setdefault(sequence, _Guessing(self.max_drafts))
        return guessing.lookup.propose(sequence.tokens, max_drafts=min(room, guessing.num_wanted))

    def accept(self, share: Share, picks: Seq[int]) -> int:
        """How many of the share's drafts are what would have been picked anyway."""
        if not share.drafts:
            return 0
        accepted = 0
        while accepted < len(share.drafts) and share.drafts[accepted] == picks[accepted]:
            accepted += 1
        self.num_drafted += len(share.drafts)
        self.num_accepted += accepted
        guessing = self._guessing[share.sequence]
        wanted = guessing.num_wanted
        guessing.num_wanted = min(self.max_drafts, wanted * 2) if accepted else max(1, wanted // 2)
        return accepted

    def forget(self, sequence: Sequence) -> None:
        self._guessing.pop(sequence, None)
