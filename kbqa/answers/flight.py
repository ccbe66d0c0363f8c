"""Identical questions in flight share one computation.

Whoever needs the next event and finds nobody computing it computes it, for all: so a
reader who leaves hands over to the next by leaving, and the last one out closes the
source, which ends the engine's work.
"""

import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field

from inference.deadline import Deadline

from .events import Event, Sources, Waiting
from .trace import Trace

BEAT_S = 0.25
_NEARLY = 0.98  # two who come at once may board in the other order
Source = Generator[Event, None, None]


@dataclass(slots=True, eq=False)
class Flight:
    """One computation, its events so far and those who read them."""

    source: Source
    deadline: Deadline
    trace: Trace
    events: list[Event] = field(default_factory=list)
    readers: int = 0
    is_driven: bool = False
    is_over: bool = False
    error: Exception | None = None
    changed: threading.Condition = field(default_factory=threading.Condition)

    def suits(self, deadline: Deadline) -> bool:
        """Whether one with this deadline may come along: it must see the end, and not be cut short for another."""
        own, mine = self.deadline.remaining_s, deadline.remaining_s
        return not self.is_over and own * _NEARLY <= mine <= 2 * own

    def read(self) -> Iterator[Event]:
        """Every event from the first; raises what the source raised."""
        seen = 0
        while (event := self._after(seen)) is not None:
            yield event
            seen += not isinstance(event, Waiting)

    def _after(self, seen: int) -> Event | None:
        with self.changed:
            while len(self.events) <= seen and self.is_driven:
                if not self.changed.wait(BEAT_S):
                    return Waiting()
            if len(self.events) > seen:
                return self.events[seen]
            if self.error:
                raise self.error
            if self.is_over:
                return None
            self.is_driven = True
        return self._drive()

    def _drive(self) -> Event | None:
        event: Event | None = None
        error: Exception | None = None
        try:
            event = next(self.source, None)
        except Exception as broken:  # for every reader to raise
            error = broken
        finally:
            with self.changed:
                self.is_driven = False
                self.error, self.is_over = error, event is None
                if event is not None and not isinstance(event, Waiting):
                    self.events.append(event)
                self.changed.notify_all()
        if error:
            raise error
        return event


class Flights:
    """The computations under way in this process, by the answer's cache key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[str, Flight] = {}

    def __len__(self) -> int:
        return len(self._flights)

    def share(self, key: str, *, deadline: Deadline, trace: Trace, start: Callable[[Trace], Source]) -> Source:
        """The events of the computation under way, or of one begun here.

        A computation begun for another that fails is begun once more, unless part of an answer was shown.
        """
        flight, joined = self._board(key, deadline, start)
        if joined:
            trace.facts["cache"] = "joined"
        shown: list[Event] = []
        try:
            for event in self._read(key, flight, trace):
                shown.append(event)
                yield event
            return
        except Exception:
            if not joined or any(not isinstance(event, Sources | Waiting) for event in shown):
                raise
        flight, _ = self._board(key, deadline, start)
        for event in self._read(key, flight, trace):
            if not (isinstance(event, Sources) and shown):
                yield event

    def _read(self, key: str, flight: Flight, trace: Trace) -> Iterator[Event]:
        try:
            yield from flight.read()
        finally:
            self._leave(key, flight)
            trace.take(flight.trace)

    def _board(self, key: str, deadline: Deadline, start: Callable[[Trace], Source]) -> tuple[Flight, bool]:
        with self._lock:
            flight = self._flights.get(key)
            joined = flight is not None and flight.suits(deadline)
            if flight is None or not joined:
                trace = Trace()
                flight = Flight(start(trace), deadline, trace)
                self._flights[key] = flight
            flight.readers += 1
            return flight, joined

    def _leave(self, key: str, flight: Flight) -> None:
        with self._lock:
            flight.readers -= 1
            if flight.readers:
                return
            if self._flights.get(key) is flight:
                del self._flights[key]
        flight.source.close()
