"""Micro-batches: what shares a step, in any order of arrivals, ends and cuts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.deadline import Deadline
from inference.errors import DeadlineExceeded, Overloaded
from inference.request import Priority, Request, Row
from inference.scheduler.micro import Entry, MicroBatcher


def request(*lengths: int, task: str = "embed", deadline: Deadline | None = None, bulk: bool = False) -> Request:
    rows = [Row(tuple(range(length)), second_from=length) for length in lengths]
    return Request(task, rows, deadline, priority=Priority.BULK if bulk else Priority.INTERACTIVE)


def batcher(*, max_batch_size: int = 4, max_batch_tokens: int = 64, max_queue: int = 8) -> MicroBatcher:
    return MicroBatcher(max_batch_size=max_batch_size, max_batch_tokens=max_batch_tokens, max_queue=max_queue)


def lengths(batch: list[Entry]) -> list[int]:
    return sorted(entry.num_tokens for entry in batch)


def test_rows_of_many_requests_share_a_batch():
    queue = batcher()
    queue.submit(request(5))
    queue.submit(request(6, 7))

    assert lengths(queue.next_batch()) == [5, 6, 7]
    assert queue.next_batch() == []


def test_rows_nearest_in_length_to_the_oldest_go_with_it():
    queue = batcher(max_batch_size=2)
    queue.submit(request(10, 50, 11))

    assert lengths(queue.next_batch()) == [10, 11]
    assert lengths(queue.next_batch()) == [50]


def test_a_row_longer_than_a_step_goes_alone():
    queue = batcher(max_batch_tokens=16)
    queue.submit(request(40, 41))

    assert lengths(queue.next_batch()) == [40]
    assert lengths(queue.next_batch()) == [41]


def test_tasks_never_share_a_batch():
    queue = batcher()
    queue.submit(request(5))
    queue.submit(request(5, task="read"))

    assert {entry.request.task for entry in queue.next_batch()} == {"embed"}
    assert {entry.request.task for entry in queue.next_batch()} == {"read"}


def test_a_question_passes_a_waiting_document():
    queue = batcher()
    queue.submit(request(20, 20, 20, bulk=True))
    queue.submit(request(5))

    assert lengths(queue.next_batch()) == [5]


def test_questions_without_end_do_not_starve_a_document():
    queue = batcher(max_batch_size=1, max_queue=100)
    queue.submit(request(20, 21, bulk=True))
    queue.submit(request(*[5] * 20))

    served = [queue.next_batch()[0].num_tokens for _ in range(10)]

    assert served == [5, 5, 5, 5, 20, 5, 5, 5, 5, 21]


def test_a_full_queue_says_when_to_come_back():
    queue = batcher(max_queue=1)
    queue.submit(request(50))
    queue.tokens_per_s = 25.0

    with pytest.raises(Overloaded) as raised:
        queue.submit(request(5))

    assert raised.value.retry_after_s == pytest.approx(2.0)


def test_a_finished_request_makes_room():
    queue = batcher(max_queue=1)
    queue.submit(request(5))
    queue.next_batch()
    queue.note_finished()

    queue.submit(request(6))

    assert lengths(queue.next_batch()) == [6]


def test_a_request_that_is_late_fails_without_being_run():
    queue = batcher()
    late = request(5, deadline=Deadline(0.0))
    queue.submit(late)

    assert queue.next_batch() == []
    with pytest.raises(DeadlineExceeded):
        late.wait()


def test_an_aborted_request_gives_up_the_rows_that_wait():
    queue = batcher(max_batch_size=1)
    gone, other = request(5, 5, 5), request(6)
    queue.submit(gone)
    queue.submit(other)
    queue.next_batch()
    gone.abort()

    assert lengths(queue.next_batch()) == [6]


def test_speed_is_learned_from_batches():
    queue = batcher()
    for _ in range(200):
        queue.note_run(num_tokens=500, seconds=0.1)

    assert queue.tokens_per_s == pytest.approx(5000, rel=0.01)


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), st.lists(st.integers(1, 40), min_size=1, max_size=6), st.booleans()),
        st.tuples(st.just("cut")),
        st.tuples(st.just("abort"), st.integers(0, 20)),
    ),
    max_size=40,
)


@given(ACTS)
def test_every_row_is_cut_once_and_within_the_budget(acts: list[tuple]):
    queue, submitted, cut = batcher(max_queue=1000), [], []
    for act in (*acts, *[("cut",)] * 200):
        match act:
            case "submit", sizes, bulk:
                submitted.append(request(*sizes, bulk=bulk))
                queue.submit(submitted[-1])
            case "abort", number if number < len(submitted):
                submitted[number].abort()
            case "cut", *_:
                batch = queue.next_batch()
                assert len(batch) <= 4
                assert len(batch) <= 1 or max(lengths(batch)) * len(batch) <= 64
                assert not any(entry.request.is_over for entry in batch)
                cut += batch
        queue.check()

    assert len(set(cut)) == len(cut)
    assert {entry for entry in cut if not entry.request.is_over} == {
        Entry(each, index) for each in submitted if not each.is_over for index in range(len(each.rows))
    }
