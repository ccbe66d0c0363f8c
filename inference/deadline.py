"""One time budget, carried through every stage; nobody below it invents a timeout."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Self

from .errors import DeadlineExceeded


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment an answer is due, in monotonic seconds."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        return cls(time.monotonic() + seconds)

    @property
    def remaining_s(self) -> float:
        return max(0.0, self.at - time.monotonic())

    def within(self, seconds: float) -> Deadline:
        """The earlier of this deadline and ``seconds`` from now."""
        return Deadline(min(self.at, time.monotonic() + seconds))

    def check(self, stage: str) -> None:
        if not self.remaining_s:
            raise DeadlineExceeded(stage)
