"""Pace: how long an idle engine gathers before a step, and how much of a document one step holds; both follow the load.

Whoever asks alone never waits. Where several ask at once, the first of them would leave with a
step of its own and make the others wait for it: so the step is held, a millisecond at the most,
until as many have come as usually share one. While questions come, documents go in steps short
enough that a question hardly notices; otherwise in the largest.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Self

_SMOOTHING = 0.3
_QUESTIONS_STOP_AFTER_S = 1.0
_LEAST_TOKENS = 64


class Pace:
    """Numbers only; its caller holds the lock."""

    def __init__(
        self, *, max_wait_s: float = 0.001, bulk_step_s: float = 0.1, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.max_wait_s, self.bulk_step_s, self._now = max_wait_s, bulk_step_s, now
        self.usual_company = 1.0  # requests that a step of questions served, smoothed
        self._asked_at = self._gathering_since = -math.inf

    @classmethod
    def fixed(cls) -> Self:
        """Steps begin at once, and are as large as they may be."""
        return cls(max_wait_s=0.0, bulk_step_s=math.inf)

    def note_question(self, *, is_first: bool) -> None:
        """A question came; ``is_first`` when no other waits."""
        self._asked_at = self._now()
        if is_first:
            self._gathering_since = self._asked_at

    def note_step(self, *, num_requests: int) -> None:
        """A step of questions served so many."""
        self.usual_company += _SMOOTHING * (num_requests - self.usual_company)

    def hold_s(self, *, num_waiting: int) -> float:
        """How long to go on gathering; 0 when nobody else is to be expected, or for long enough already."""
        if not num_waiting or num_waiting >= round(self.usual_company):
            return 0.0
        return max(0.0, self._gathering_since + self.max_wait_s - self._now())

    def bulk_tokens(self, *, tokens_per_s: float, most: int) -> int:
        """Tokens of documents that one step may hold."""
        if self._now() - self._asked_at > _QUESTIONS_STOP_AFTER_S or math.isinf(self.bulk_step_s):
            return most
        return max(min(_LEAST_TOKENS, most), min(most, int(tokens_per_s * self.bulk_step_s)))
