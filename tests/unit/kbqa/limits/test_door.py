"""The door: few are served at once, waits are short and shorter once all wait in vain, and nobody holds it shut."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from inference.deadline import Deadline
from inference.errors import Overloaded
from kbqa.limits.door import Door, DoorConfig, step_aside
from kbqa.limits.gate import Gate


class Clock:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def door_of(**config: float) -> tuple[Door, Clock]:
    clock = Clock()
    return Door(DoorConfig(**{"wait_s": 0.02, "hurried_wait_s": 0.001, **config}), now=clock), clock


def test_who_finds_all_places_taken_is_refused_and_told_when_to_come_back():
    door, _ = door_of(places=1)

    with door.place(), pytest.raises(Overloaded) as refused, door.place():
        pass

    assert refused.value.retry_after_s >= 1
    with door.place():
        assert len(door) == 1
    assert len(door) == 0


def test_who_waits_gets_the_place_that_becomes_free():
    door, _ = door_of(places=1, wait_s=10)
    taken, over = threading.Event(), threading.Event()

    def hold() -> None:
        with door.place():
            taken.set()
            over.wait(10)

    with ThreadPoolExecutor(2) as people:
        people.submit(hold)
        taken.wait(10)
        people.submit(lambda: over.wait(0.05) or over.set())
        with door.place():
            assert len(door) == 1


def test_a_place_that_becomes_free_is_theirs_who_came_first():
    door, _ = door_of(places=1, wait_s=0.2, hold_s=60)
    over = threading.Event()

    def hold() -> None:
        with door.place():
            over.wait(10)

    with ThreadPoolExecutor(1) as people, door.place():
        first = people.submit(hold)
        while not door._waiting:
            time.sleep(0.001)
        step_aside()
        with pytest.raises(Overloaded), door.place():  # free for nobody else, whether or not the first has woken
            pass
        over.set()
        first.result(timeout=10)


def test_who_finds_others_enough_waiting_does_not_wait():
    door, _ = door_of(places=1, waiting=1, wait_s=10, hold_s=60)

    with door.place(), ThreadPoolExecutor(1) as people:
        first = people.submit(lambda: door.place().__enter__())
        while not door._waiting:
            time.sleep(0.001)
        with pytest.raises(Overloaded), door.place():
            pass
        next(iter(door._taken)).leave()
        first.result(timeout=10)


def test_once_no_place_has_been_free_for_long_nobody_waits_long():
    door, clock = door_of(places=1, hold_s=60)

    with door.place():
        assert door._patience_s(clock.at) == door.config.wait_s
        clock.at += 0.1
        assert door._patience_s(clock.at) == door.config.hurried_wait_s
        with pytest.raises(Overloaded), door.place():
            pass
    with door.place():  # found free at once: the rush is over
        assert door._patience_s(clock.at) == door.config.wait_s


def test_a_place_held_for_long_is_given_to_another():
    door, clock = door_of(places=1, hold_s=1)

    with door.place():
        clock.at += 1.1
        with door.place():
            assert len(door) == 1
    assert len(door) == 0


def test_who_has_waited_until_a_place_was_held_for_long_is_let_in():
    door, clock = door_of(places=1, wait_s=0.2, hold_s=1)

    with door.place(), ThreadPoolExecutor(1) as people:
        late = people.submit(lambda: door.place().__enter__())
        while not door._waiting:
            time.sleep(0.001)
        clock.at += 1.1
        late.result(timeout=10)


def test_who_waits_for_the_engine_has_stepped_aside():
    door, gate = Door(DoorConfig(places=1)), Gate()

    with door.place():
        assert len(door) == 1
        with gate.seat(Deadline.after(60)):
            assert len(door) == 0
            with door.place():
                assert len(door) == 1


def test_outside_a_request_there_is_nothing_to_step_aside_from():
    step_aside()
