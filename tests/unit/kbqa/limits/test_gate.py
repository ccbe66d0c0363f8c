"""The gate: refuses at once what would wait in vain, lets questions pass bulk work, and follows the latency."""

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.deadline import Deadline
from inference.errors import DeadlineExceeded, Overloaded
from inference.request import Priority
from kbqa.limits.gate import Gate, GateConfig

LONG = Deadline.after(86_400)  # from the import on: longer than any run of the suite


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def gate_of(**config: float) -> tuple[Gate, Clock]:
    clock = Clock()
    return Gate(GateConfig(**config), now=clock), clock


def run(gate: Gate, clock: Clock, *, seconds: float, together: int = 1) -> None:
    """So many questions side by side, each taking so long."""
    slots = [gate.slot(LONG) for _ in range(together)]
    for slot in slots:
        slot.__enter__()
    clock.at += seconds
    for slot in slots:
        slot.__exit__(None, None, None)
    gate.check()


def test_no_more_run_than_the_limit_and_the_first_to_come_is_next():
    gate, _ = gate_of(first_slots=2)
    first, second, third, fourth = (gate.slot(LONG).__enter__() for _ in range(4))

    assert [slot.wait(0) for slot in (first, second, third, fourth)] == [True, True, False, False]
    first.__exit__(None, None, None)
    assert [slot.wait(0) for slot in (third, fourth)] == [True, False]


def test_questions_pass_bulk_work_that_waits():
    gate, _ = gate_of(first_slots=2)
    running = [gate.slot(LONG).__enter__() for _ in range(2)]
    bulk = gate.slot(LONG, Priority.BULK).__enter__()
    question = gate.slot(LONG).__enter__()

    running[0].__exit__(None, None, None)

    assert question.wait(0)
    assert not bulk.wait(0)


def test_without_a_seat_the_refusal_is_at_once_and_says_when_to_come_back():
    gate, _ = gate_of(seats=1)

    with gate.seat(LONG):
        started = time.perf_counter()
        with pytest.raises(Overloaded) as refused, gate.seat(LONG):
            pass

    assert time.perf_counter() - started < 0.1
    assert refused.value.retry_after_s >= 1
    with gate.seat(LONG):
        gate.check()


def test_who_could_not_be_served_in_time_is_refused_at_once():
    gate, clock = gate_of(first_slots=2, least_slots=2)
    for _ in range(50):
        run(gate, clock, seconds=1.0)
    for _ in range(int(gate.limit) + 1):
        gate.slot(LONG).__enter__()

    with gate.seat(Deadline.after(30)):
        pass
    with pytest.raises(Overloaded), gate.seat(Deadline.after(0.5)):
        pass


def test_a_queue_that_has_stood_for_a_while_grows_no_further():
    gate, clock = gate_of(first_slots=2, least_slots=2, most_slots=2, max_wait_s=20.0, standing_s=2.0)
    for _ in range(50):
        run(gate, clock, seconds=1.0)
    running = [gate.slot(LONG).__enter__() for _ in range(2)]
    waiting = [gate.slot(LONG).__enter__() for _ in range(4)]
    with gate.seat(LONG):  # two seconds and a half from its turn
        pass

    clock.at += 2.5

    with pytest.raises(Overloaded), gate.seat(LONG):
        pass
    for slot in (*running, *waiting[:3]):
        slot.__exit__(None, None, None)
    with gate.seat(LONG):
        gate.check()


def test_a_queue_that_stood_lately_does_not_grow_again():
    gate, clock = gate_of(first_slots=2, least_slots=2, most_slots=2, max_wait_s=20.0, standing_s=2.0)
    for _ in range(50):
        run(gate, clock, seconds=1.0)
    first = [gate.slot(LONG).__enter__() for _ in range(4)]
    clock.at += 2.5
    with pytest.raises(Overloaded), gate.seat(LONG):  # it stands
        pass
    for slot in first:
        slot.__exit__(None, None, None)
    for _ in range(5):  # two at work and three who wait: two seconds and a half from its turn
        gate.slot(LONG).__enter__()

    clock.at += 1
    with pytest.raises(Overloaded), gate.seat(LONG):
        pass

    clock.at += 19.5
    for slot in list(gate._admitted):
        slot.admitted_at = clock.at
    gate._nobody_waited_at = clock.at
    with gate.seat(LONG):  # that was long ago
        pass


def test_a_machine_grown_slow_is_known_before_any_question_ends():
    gate, clock = gate_of(first_slots=2, least_slots=2, max_wait_s=2.0)
    for _ in range(2):
        gate.slot(LONG).__enter__()
    with gate.seat(LONG):  # as quick as usual, as far as anyone knows
        pass

    clock.at += 5

    with pytest.raises(Overloaded), gate.seat(LONG):
        pass


def test_who_waits_past_the_deadline_never_runs():
    gate, _ = gate_of(first_slots=2)
    for _ in range(2):
        gate.slot(LONG).__enter__()

    with gate.slot(Deadline.after(0.01)) as late:
        assert not late.wait(1)
        with pytest.raises(DeadlineExceeded):
            late.wait(1)

    assert not late.is_admitted
    gate.check()


def test_who_leaves_the_queue_takes_no_slot():
    gate, _ = gate_of(first_slots=2)
    running = [gate.slot(LONG).__enter__() for _ in range(2)]
    gone, next_one = gate.slot(LONG).__enter__(), gate.slot(LONG).__enter__()

    gone.__exit__(None, None, None)
    running[0].__exit__(None, None, None)

    assert next_one.wait(0)
    assert gate.running == 2


def test_the_limit_grows_while_company_costs_nothing():
    gate, clock = gate_of(first_slots=4, most_slots=16)
    run(gate, clock, seconds=0.1)

    for _ in range(200):
        run(gate, clock, seconds=0.1, together=int(gate.limit))

    assert gate.limit == 16


def test_the_limit_shrinks_while_company_makes_everyone_slow_and_recovers():
    gate, clock = gate_of(first_slots=16, least_slots=2, most_slots=16)
    run(gate, clock, seconds=0.1)
    for _ in range(100):
        run(gate, clock, seconds=0.9, together=int(gate.limit))
    assert gate.limit == 2

    for _ in range(200):
        run(gate, clock, seconds=0.15, together=int(gate.limit))
    assert gate.limit == 16


def test_the_limit_settles_where_latency_is_what_is_tolerated():
    """An engine whose latency is proportional to its company: three times the latency is three at once."""
    gate, clock = gate_of(first_slots=16, least_slots=2, most_slots=32, tolerance=3.0)
    run(gate, clock, seconds=0.1)

    for _ in range(300):
        together = int(gate.limit)
        run(gate, clock, seconds=0.1 * together, together=together)

    assert 2 <= gate.limit <= 5


@given(st.lists(st.tuples(st.sampled_from(["join", "leave"]), st.integers(0, 9), st.sampled_from(Priority))))
def test_in_any_order_of_coming_and_going_the_books_balance(acts):
    gate, clock = gate_of(first_slots=3)
    inside = []
    for act, which, priority in acts:
        clock.at += 0.1
        if act == "join":
            inside.append(gate.slot(LONG, priority).__enter__())
        elif inside:
            inside.pop(which % len(inside)).__exit__(None, None, None)
        gate.check()
        assert gate.running == sum(slot.is_admitted for slot in inside)
        assert gate.running == min(len(inside), gate.running) <= max(int(gate.limit), gate.running)

    for slot in inside:
        slot.__exit__(None, None, None)
    assert gate.running == 0


def test_a_slot_that_frees_wakes_the_one_who_waits():
    gate, _ = gate_of(first_slots=2)
    running = [gate.slot(LONG).__enter__() for _ in range(2)]
    waiting = gate.slot(LONG).__enter__()

    threading.Timer(0.02, running[0].__exit__, (None, None, None)).start()

    assert waiting.wait(5)
