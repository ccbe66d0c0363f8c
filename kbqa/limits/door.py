"""Who is served at once by one process: so few that each is served quickly, and the rest is refused while it is cheap.

A server takes every request and lets its threads share the one processor; asked for twice
what it can do, it makes everybody wait for as long as anybody is willing to. So only a few
are served side by side, and who finds all places taken waits a moment. While places become
free now and then that is a tenth of a second; once none has been free for as long, all wait in
vain, and a moment is a fiftieth of a second (controlled delay, as for packets: CoDel). Who
finds others enough waiting does not wait: while threads wait, the next request is not heard.

A place is for who needs the processor. Who waits for the engine has stepped aside, and who
has held a place for a second waits for something too: a file that comes in slowly, a disk.
"""

import functools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.conf import settings

from inference.errors import Overloaded
from kbqa.metrics import DOOR_WAIT_SECONDS

_RETRY_AFTER_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorConfig:
    """``hurried_wait_s`` is the wait while no place has been free for ``wait_s``; ``waiting`` may wait at once."""

    places: int = 8
    waiting: int = 16
    wait_s: float = 0.1
    hurried_wait_s: float = 0.02
    hold_s: float = 1.0


class Place:
    """Held by one request; leaving twice is leaving once."""

    __slots__ = ("_door", "taken_at")

    def __init__(self, door: "Door", taken_at: float) -> None:
        self._door, self.taken_at = door, taken_at

    def leave(self) -> None:
        self._door.leave(self)


class Door:
    """Safe for many threads."""

    def __init__(self, config: DoorConfig | None = None, *, now: Callable[[], float] = time.monotonic) -> None:
        self.config = config or DoorConfig()
        self.now = now
        self._changed = threading.Condition()
        self._taken: dict[Place, None] = {}  # in the order they were taken
        self._num_waiting = 0
        self._last_free = now()

    def __len__(self) -> int:
        return len(self._taken)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Be served, until the end or until `step_aside`; Overloaded when no place becomes free in time."""
        mine = self._take()
        token = _mine.set(mine)
        try:
            yield
        finally:
            _mine.reset(token)
            mine.leave()

    def leave(self, place: Place) -> None:
        with self._changed:
            if place in self._taken:
                del self._taken[place]
                self._changed.notify()

    def _take(self) -> Place:
        with self._changed:
            came_at = self.now()
            if self._is_free():
                self._last_free = came_at
            elif self._num_waiting >= self.config.waiting or not self._becomes_free(self._patience_s(came_at)):
                raise Overloaded(retry_after_s=_RETRY_AFTER_S)
            place = Place(self, self.now())
            self._taken[place] = None
        DOOR_WAIT_SECONDS.observe(place.taken_at - came_at)
        return place

    def _becomes_free(self, patience_s: float) -> bool:
        """Wait until a place is free, for so long; the lock is held before and after."""
        self._num_waiting += 1
        try:
            return self._changed.wait_for(self._is_free, patience_s)
        finally:
            self._num_waiting -= 1

    def _patience_s(self, now: float) -> float:
        is_full_for_long = now - self._last_free > self.config.wait_s
        return self.config.hurried_wait_s if is_full_for_long else self.config.wait_s

    def _is_free(self) -> bool:
        """Whether there is a place, or one whose holder has long been waiting elsewhere; the lock is held."""
        if len(self._taken) < self.config.places:
            return True
        oldest = next(iter(self._taken))
        if self.now() - oldest.taken_at < self.config.hold_s:
            return False
        del self._taken[oldest]
        return True


@functools.cache
def get_door() -> Door:
    """This process's; whoever lets people wait longer for the engine lets them wait longer here."""
    return Door(DoorConfig(wait_s=settings.MAX_WAIT_S / 20, hurried_wait_s=settings.MAX_WAIT_S / 100))


def step_aside() -> None:
    """Leave the place to another, if this request holds one: what comes next is a wait."""
    if mine := _mine.get():
        mine.leave()


_mine: ContextVar[Place | None] = ContextVar("place at the door", default=None)
