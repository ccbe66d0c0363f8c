"""Identical questions share one computation, whoever leaves, fails or comes late."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from inference.deadline import Deadline
from inference.errors import EngineFailed
from kbqa.answers.events import Event, Sources, Token, Waiting
from kbqa.answers.flight import Flights, Source
from kbqa.answers.trace import Trace
from tests.flow.servers import wait_for

LONG = Deadline.after(60)


class Computation:
    """A source that can be held, and that counts how often it was begun and closed."""

    def __init__(self, events: list[Event | Exception]) -> None:
        self.events = events
        self.begun = self.closed = 0
        self.may_go_on = threading.Event()

    def start(self, trace: Trace) -> Source:
        self.begun += 1
        return self._events(trace)

    def _events(self, trace: Trace) -> Source:
        try:
            while not self.may_go_on.wait(0.01):
                yield Waiting()
            trace.facts["found"] = 1
            for event in self.events:
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            self.closed += 1


def said(events: Iterator[Event]) -> list[Event]:
    return [event for event in events if not isinstance(event, Waiting)]


@pytest.fixture
def flights() -> Flights:
    return Flights()


def reader(flights: Flights, start: Callable[[Trace], Source], *, deadline: Deadline = LONG) -> Source:
    return flights.share("k", deadline=deadline, trace=Trace(), start=start)


def test_a_crowd_with_one_question_computes_it_once(flights):
    work = Computation([Sources(()), Token("yes")])
    with ThreadPoolExecutor(50) as crowd:
        heard = [crowd.submit(lambda: said(reader(flights, work.start))) for _ in range(50)]
        wait_for(lambda: len(flights) and flights._flights["k"].readers == 50, seconds=10, why="all have come")
        work.may_go_on.set()

        assert all(each.result(10) == [Sources(()), Token("yes")] for each in heard)

    assert (work.begun, work.closed, len(flights)) == (1, 1, 0)


def test_a_leader_who_leaves_hands_over_without_a_gap(flights):
    work = Computation([Sources(()), Token("yes")])
    leader, follower = reader(flights, work.start), reader(flights, work.start)
    assert isinstance(next(leader), Waiting)
    assert isinstance(next(follower), Waiting)

    leader.close()
    work.may_go_on.set()

    assert said(follower) == [Sources(()), Token("yes")]
    assert (work.begun, work.closed) == (1, 1)


def test_the_last_one_out_ends_the_work(flights):
    work = Computation([Token("never")])
    readers = [reader(flights, work.start) for _ in range(3)]
    for each in readers:
        next(each)

    for each in readers[:2]:
        each.close()
    assert work.closed == 0
    readers[2].close()

    assert (work.closed, len(flights)) == (1, 0)


def test_a_late_reader_hears_everything_from_the_first_event(flights):
    work = Computation([Sources(()), Token("a"), Token("b")])
    work.may_go_on.set()
    early = reader(flights, work.start)
    next(early), next(early)

    assert said(reader(flights, work.start)) == [Sources(()), Token("a"), Token("b")]
    assert said(early) == [Token("b")]
    assert work.begun == 1


def test_who_comes_when_all_is_over_begins_anew(flights):
    work = Computation([Token("yes")])
    work.may_go_on.set()

    assert said(reader(flights, work.start)) == said(reader(flights, work.start))
    assert work.begun == 2


def test_a_failure_is_the_leaders_and_a_follower_tries_once_more(flights):
    broken, whole = Computation([Sources(()), EngineFailed("broke")]), Computation([Sources(()), Token("yes")])
    leader, follower = reader(flights, broken.start), reader(flights, whole.start)
    next(leader), next(follower)
    broken.may_go_on.set()
    whole.may_go_on.set()

    with pytest.raises(EngineFailed):
        said(leader)

    assert said(follower) == [Sources(()), Token("yes")]
    assert (broken.begun, whole.begun, len(flights)) == (1, 1, 0)


def test_a_failure_after_part_of_the_answer_was_shown_is_said(flights):
    broken, whole = Computation([Token("par"), EngineFailed("broke")]), Computation([Token("yes")])
    leader, follower = reader(flights, broken.start), reader(flights, whole.start)
    next(leader), next(follower)
    broken.may_go_on.set()

    for each in (leader, follower):
        with pytest.raises(EngineFailed):
            said(each)
    assert whole.begun == 0


@pytest.mark.parametrize("seconds", [1, 600])
def test_who_has_much_less_or_more_time_computes_alone(flights, seconds):
    work = Computation([Token("yes")])
    first = reader(flights, work.start, deadline=Deadline.after(60))
    next(first)

    second = reader(flights, work.start, deadline=Deadline.after(seconds))
    next(second)

    assert work.begun == 2
    first.close()
    second.close()
    assert (work.closed, len(flights)) == (2, 0)


def test_the_trace_of_the_computation_is_every_readers(flights):
    work = Computation([Token("yes")])
    work.may_go_on.set()
    trace = Trace()

    said(flights.share("k", deadline=LONG, trace=trace, start=work.start))

    assert trace.facts == {"found": 1}
