"""What is heard one by one comes as it is made, with beats between, and ends for whoever stops listening."""

import threading
from collections.abc import Iterator

import pytest

from kbqa.answers.events import Waiting
from kbqa.answers.patience import one_by_one


def nothing() -> None:
    """There is nothing to abort."""


def test_each_is_heard_before_the_next_is_made():
    heard_one = threading.Event()

    def work() -> Iterator[int]:
        yield 1
        assert heard_one.wait(20)
        yield 2

    heard = one_by_one(work, abort=nothing)
    first = next(each for each in heard if not isinstance(each, Waiting))
    heard_one.set()

    assert [first, *(each for each in heard if not isinstance(each, Waiting))] == [1, 2]


def test_a_beat_comes_while_there_is_nothing_to_hear():
    done = threading.Event()

    def work() -> Iterator[int]:
        assert done.wait(20)
        yield 1

    heard = one_by_one(work, abort=nothing)

    assert isinstance(next(heard), Waiting)
    done.set()
    assert [each for each in heard if not isinstance(each, Waiting)] == [1]


def test_what_the_work_raises_is_raised_after_what_it_gave():
    def work() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    heard = one_by_one(work, abort=nothing)

    assert next(each for each in heard if not isinstance(each, Waiting)) == 1
    with pytest.raises(ValueError, match="broken"):
        list(heard)


def test_whoever_stops_listening_aborts_the_work():
    aborted = threading.Event()

    def work() -> Iterator[int]:
        yield 1
        assert aborted.wait(20)

    heard = one_by_one(work, abort=aborted.set)
    next(each for each in heard if not isinstance(each, Waiting))

    heard.close()

    assert aborted.is_set()


def test_work_that_came_to_its_end_is_not_aborted():
    aborted = threading.Event()

    assert [each for each in one_by_one(lambda: iter([1]), abort=aborted.set) if not isinstance(each, Waiting)] == [1]
    assert not aborted.is_set()
