"""How many questions are computed at once, how many may wait, and who goes first.

Seats are bounded by the server's threads, so that some are always left for what is
cheap: cached answers, pages, health. Slots follow the latency they cause (AIMD): a
question much slower than one computed alone shrinks their number. Whoever could not
be served in time is refused at once, never after a wait.

A queue that a moment empties is worth standing in. One that has stood for a while serves
no more people by being long, only later (controlled delay, as for packets: CoDel): then, and
for a while after it, nobody is let in who would wait longer than a question takes that is alone.
"""

import functools
import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from types import TracebackType
from typing import Self

from django.conf import settings

from inference.deadline import Deadline
from inference.errors import Overloaded
from inference.request import Priority
from kbqa.metrics import GATE_LIMIT, GATE_RUNNING, GATE_WAITING

from .door import step_aside

_SMOOTHING = 0.1
_SHRINK = 0.9
_FIRST_GUESS_S = 0.1
_REMEMBERED = 10  # times as long as a queue may stand, that one which stood is remembered: else it grows again


@dataclass(frozen=True, slots=True, kw_only=True)
class GateConfig:
    """``tolerance``: how many times slower than alone a question may become before fewer are let in.

    ``standing_s``: from when on there is no use in a queue that never was empty.
    """

    seats: int = 48
    least_slots: int = 2
    most_slots: int = 32
    first_slots: int = 4
    tolerance: float = 2.0
    max_wait_s: float = 2.0
    standing_s: float = 0.5


class Gate:
    """Safe for many threads; ``check()`` recounts."""

    def __init__(self, config: GateConfig | None = None, *, now: Callable[[], float] = time.monotonic) -> None:
        self.config = config or GateConfig()
        self.now = now
        self.limit = float(self.config.first_slots)
        self.seated = 0
        self._lock = threading.Lock()
        self._waiting: list[Slot] = []
        self._admitted = set[Slot]()
        self._order = itertools.count()
        self._alone_s: float | None = None  # smoothed seconds of a question that ran alone
        self._usual_s = _FIRST_GUESS_S  # smoothed seconds of any
        self._shrunk_at = -1e9
        self._nobody_waited_at = now()
        self._stood_at = -1e9
        GATE_LIMIT.set(self.limit)

    @property
    def running(self) -> int:
        return len(self._admitted)

    @contextmanager
    def seat(self, deadline: Deadline) -> Iterator[None]:
        """A place in the house, in place of one at the door, while a thread is held; Overloaded at once if in vain."""
        with self._lock:
            patience_s = min(self._patience_s(), deadline.remaining_s / 2)
            expected_s = self._expected_wait_s()
            if self.seated >= self.config.seats or expected_s > patience_s:
                raise Overloaded(retry_after_s=max(1.0, expected_s))
            self.seated += 1
        step_aside()
        try:
            yield
        finally:
            with self._lock:
                self.seated -= 1

    def slot(self, deadline: Deadline, priority: Priority = Priority.INTERACTIVE) -> "Slot":
        """A place in the queue for a turn at the engine; to be entered as a context."""
        return Slot(self, deadline, priority)

    def check(self) -> None:
        """What is counted is what there is."""
        with self._lock:
            if self.seated < 0 or any(slot.is_admitted for slot in self._waiting):
                raise AssertionError(f"running {self.running}, seated {self.seated}, waiting {len(self._waiting)}")
            if not self.config.least_slots <= self.limit <= self.config.most_slots:
                raise AssertionError(f"the limit is {self.limit}")

    def _patience_s(self) -> float:
        now = self.now()
        if self._waiting and now - self._nobody_waited_at > self.config.standing_s:
            self._stood_at = now
        if now - self._stood_at > _REMEMBERED * self.config.standing_s:
            return self.config.max_wait_s
        return min(self._alone_s or self._usual_s, self.config.max_wait_s)

    def _expected_wait_s(self) -> float:
        """By what a question usually takes, or has taken so far: a machine grown slow shows before any of them ends."""
        ahead = self.running + len(self._waiting) - int(self.limit) + 1
        if ahead <= 0:
            return 0.0
        so_far_s = median(self.now() - slot.admitted_at for slot in self._admitted)
        return ahead * max(self._usual_s, so_far_s) / self.limit

    def _join(self, slot: "Slot") -> None:
        with self._lock:
            if not self._waiting:
                self._nobody_waited_at = self.now()
            heapq.heappush(self._waiting, slot)
            self._admit()

    def _leave(self, slot: "Slot") -> None:
        with self._lock:
            if slot.is_admitted:
                self._admitted.remove(slot)
                self._learn(self.now() - slot.admitted_at, was_alone=slot.was_alone and not self._waiting)
            elif slot in self._waiting:
                self._waiting.remove(slot)
                heapq.heapify(self._waiting)
            self._admit()

    def _admit(self) -> None:
        """Give free slots to the first in the queue; the lock is held."""
        while self._waiting and self.running < int(self.limit):
            first = heapq.heappop(self._waiting)
            first.was_alone = not self.running
            self._admitted.add(first)
            first.begin(self.now())
        GATE_RUNNING.set(self.running)
        GATE_WAITING.set(len(self._waiting))

    def _learn(self, seconds: float, *, was_alone: bool) -> None:
        """Additive increase while in use and quick, multiplicative decrease once slow; the lock is held."""
        self._usual_s += _SMOOTHING * (seconds - self._usual_s)
        if was_alone and not self.running:
            self._alone_s = seconds if self._alone_s is None else self._alone_s + _SMOOTHING * (seconds - self._alone_s)
        elif self._alone_s is None:
            return  # nothing to compare with yet
        elif seconds > self.config.tolerance * self._alone_s:
            if self.now() - self._shrunk_at > seconds:  # once a round: those running now were let in before
                self.limit = max(float(self.config.least_slots), self.limit * _SHRINK)
                self._shrunk_at = self.now()
        elif self.running + 1 >= int(self.limit):
            self.limit = min(float(self.config.most_slots), self.limit + 1 / self.limit)
        GATE_LIMIT.set(self.limit)


@dataclass(slots=True, eq=False)
class Slot:
    """A turn at the engine, first waited for and then held.

    Each is woken by itself: a hundred who wait and are all told whenever one comes or goes keep a processor busy.
    """

    gate: Gate
    deadline: Deadline
    priority: Priority
    was_alone: bool = False
    admitted_at: float = 0.0
    order: int = field(init=False)
    _turn: threading.Event = field(init=False, default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.order = next(self.gate._order)

    def __lt__(self, other: "Slot") -> bool:
        return (self.priority, self.order) < (other.priority, other.order)

    def __enter__(self) -> Self:
        self.gate._join(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.gate._leave(self)

    @property
    def is_admitted(self) -> bool:
        return self._turn.is_set()

    def begin(self, at: float) -> None:
        """It is our turn from now on."""
        self.admitted_at = at
        self._turn.set()

    def wait(self, seconds: float) -> bool:
        """Whether it is our turn, within so many seconds; DeadlineExceeded once that would be too late."""
        self.deadline.check("the queue")
        return self._turn.wait(min(seconds, self.deadline.remaining_s))


@functools.cache
def get_gate() -> Gate:
    """This process's gate, as wide as its threads allow."""
    longest_s = settings.MAX_WAIT_S
    return Gate(
        GateConfig(
            seats=max(1, settings.WEB_THREADS * 3 // 4),
            max_wait_s=longest_s,
            standing_s=longest_s / 4,
        )
    )
