"""Prompt-lookup drafts (Saxena, 2023): what followed the last few tokens when they last stood in the text.

Answers copy from passages, so the guess is often right; it is checked by the network, so
a wrong one costs a little time and never a token.
"""

from __future__ import annotations

from collections.abc import Sequence

_LENGTHS = (4, 3, 2)  # the longest ending that is known decides


class PromptLookup:
    """One sequence's runs of tokens, each with the place after its latest occurrence; grows with the sequence."""

    def __init__(self) -> None:
        self._after: dict[tuple[int, ...], int] = {}
        self._num_indexed = 0

    def propose(self, tokens: Sequence[int], *, max_drafts: int) -> list[int]:
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
