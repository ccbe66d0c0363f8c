"""The pace: who asks alone never waits, who asks in company is gathered, and questions keep documents short."""

from __future__ import annotations

import pytest

from inference.request import Priority, Request, Row
from inference.scheduler.micro import MicroBatcher
from inference.scheduler.pace import Pace


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock: Clock) -> Pace:
    return Pace(max_wait_s=0.001, bulk_step_s=0.1, now=clock)


def in_company(pace: Pace, *, of: int) -> None:
    for _ in range(20):
        pace.note_step(num_requests=of)


def test_who_asks_alone_never_waits(pace: Pace):
    in_company(pace, of=1)
    pace.note_question(is_first=True)

    assert pace.hold_s(num_waiting=1) == 0.0


def test_the_first_of_many_is_held_for_a_millisecond_at_most(pace: Pace, clock: Clock):
    in_company(pace, of=8)
    pace.note_question(is_first=True)

    assert pace.hold_s(num_waiting=1) == pytest.approx(0.001)
    clock.at += 0.0006
    assert pace.hold_s(num_waiting=3) == pytest.approx(0.0004)
    clock.at += 0.0006
    assert pace.hold_s(num_waiting=3) == 0.0


def test_a_step_begins_as_soon_as_the_usual_company_is_there(pace: Pace):
    in_company(pace, of=8)
    pace.note_question(is_first=True)

    assert pace.hold_s(num_waiting=8) == 0.0


def test_what_came_while_a_step_ran_is_not_held_again(pace: Pace, clock: Clock):
    in_company(pace, of=8)
    pace.note_question(is_first=True)
    clock.at += 0.05
    pace.note_question(is_first=False)

    assert pace.hold_s(num_waiting=2) == 0.0


def test_company_that_stays_away_is_soon_no_longer_waited_for(pace: Pace):
    in_company(pace, of=8)

    for _ in range(8):
        pace.note_step(num_requests=1)

    pace.note_question(is_first=True)
    assert pace.hold_s(num_waiting=1) == 0.0


def test_documents_go_in_short_steps_while_questions_come(pace: Pace, clock: Clock):
    assert pace.bulk_tokens(tokens_per_s=5_000, most=2_048) == 2_048
    pace.note_question(is_first=True)

    assert pace.bulk_tokens(tokens_per_s=5_000, most=2_048) == 500
    assert pace.bulk_tokens(tokens_per_s=1e6, most=2_048) == 2_048
    assert pace.bulk_tokens(tokens_per_s=10, most=2_048) == 64
    clock.at += 1.5
    assert pace.bulk_tokens(tokens_per_s=5_000, most=2_048) == 2_048


def test_a_fixed_pace_holds_nothing_and_shortens_nothing():
    pace = Pace.fixed()
    in_company(pace, of=8)
    pace.note_question(is_first=True)

    assert pace.hold_s(num_waiting=1) == 0.0
    assert pace.bulk_tokens(tokens_per_s=10, most=2_048) == 2_048


def test_a_queue_with_documents_in_it_is_never_held(pace: Pace):
    queue = MicroBatcher(max_batch_size=4, max_batch_tokens=64, max_queue=8, pace=pace)
    in_company(pace, of=4)
    queue.submit(Request("embed", [Row((1, 2), second_from=2)]))
    assert queue.hold_s() > 0
    queue.submit(Request("embed", [Row((1, 2), second_from=2)], priority=Priority.BULK))

    assert queue.hold_s() == 0.0


def test_a_question_cuts_the_next_step_of_a_document_short(pace: Pace):
    queue = MicroBatcher(max_batch_size=64, max_batch_tokens=1_000, max_queue=8, pace=pace)
    queue.tokens_per_s = 1_000
    queue.submit(Request("embed", [Row((1,) * 10, second_from=10)] * 50, priority=Priority.BULK))
    queue.submit(Request("embed", [Row((1,) * 10, second_from=10)]))

    assert len(queue.next_batch()) == 1
    assert len(queue.next_batch()) == 10
