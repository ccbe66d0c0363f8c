"""Who is served at once by one process: so few that each is served quickly, and the rest is refused while it is cheap.

A server takes every request and lets its threads share the one processor; asked for twice
what it can do, it makes everybody wait for as long as anybody is willing to. So only a few
are served side by side, and who finds all places taken waits a moment. While places become
free now and then that is a tenth of a second; once none has been free for as long, all wait in
vain, and a moment is a fiftieth of a second (controlled delay, as for packets: CoDel). Who
finds others enough waiting does not wait: while threads wait, the next request is not heard.

A place is for who needs the processor. Who waits for the engine has stepped aside, and who
has held a place for half a second waits for something too: a file that comes in slowly, a disk.
"""

import functools
import threading
import time
from collections import deque
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

    places: int = 4
    waiting: int = 16
    wait_s: float = 0.1
    hurried_wait_s: float = 0.02
    hold_s: float = 0.5


class Place:
    """Waited for, then held by one request; leaving twice is leaving once."""

    __slots__ = ("_door", "came_at", "is_ours", "taken_at")

    def __init__(self, door: "Door", came_at: float) -> None:
        self._door, self.came_at, self.taken_at = door, came_at, came_at
        self.is_ours = threading.Event()

    def leave(self) -> None:
        self._door.leave(self)


class Door:
    """First come, first served: who comes does not walk past those who wait. Safe for many threads."""

    def __init__(self, config: DoorConfig | None = None, *, now: Callable[[], float] = time.monotonic) -> None:
        self.config = config or DoorConfig()
        self.now = now
        self._lock = threading.Lock()
        self._taken: dict[Place, None] = {}  # in the order they were taken
        self._waiting: deque[Place] = deque()
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
        with self._lock:
            if place in self._taken:
                del self._taken[place]
                self._let_in()

    def _take(self) -> Place:
        mine = Place(self, self.now())
        with self._lock:
            if len(self._waiting) >= self.config.waiting:
                raise Overloaded(retry_after_s=_RETRY_AFTER_S)
            self._waiting.append(mine)
            self._let_in()
            if mine.is_ours.is_set():
                self._last_free = mine.came_at
            patience_s = self._patience_s(mine.came_at)
        if not mine.is_ours.wait(patience_s):
            self._give_up(mine)
        DOOR_WAIT_SECONDS.observe(mine.taken_at - mine.came_at)
        return mine

    def _let_in(self) -> None:
        """Give the places that are free to the first who wait; the lock is held."""
        while self._waiting and self._is_free():
            first = self._waiting.popleft()
            first.taken_at = self.now()
            self._taken[first] = None
            first.is_ours.set()

    def _give_up(self, mine: Place) -> None:
        """Overloaded, unless our turn came just now, or a place is free by now since its holder waits elsewhere."""
        with self._lock:
            self._let_in()
            if mine.is_ours.is_set():
                return
            self._waiting.remove(mine)
        raise Overloaded(retry_after_s=_RETRY_AFTER_S)

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
