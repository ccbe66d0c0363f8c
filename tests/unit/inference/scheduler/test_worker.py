"""The loop thread: what callers are promised, whatever the network does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from inference.deadline import Deadline
from inference.errors import DeadlineExceeded, EngineFailed, Overloaded, RequestAborted
from inference.request import Request, Row
from inference.scheduler.micro import MicroBatcher
from inference.scheduler.worker import Worker

POISON = 666


def row(*ids: int) -> Row:
    return Row(ids, second_from=len(ids))


def lengths_of(task: str, rows: Sequence[Row]) -> list[int]:
    if any(POISON in row.ids for row in rows):
        raise ValueError("poison")
    return [len(row) for row in rows]


class Gate:
    """A network that runs one batch a time it is let to."""

    def __init__(self) -> None:
        self.entered, self.opened = threading.Semaphore(0), threading.Semaphore(0)
        self.batches: list[int] = []

    def __call__(self, task: str, rows: Sequence[Row]) -> list[int]:
        self.batches.append(len(rows))
        self.entered.release()
        self.opened.acquire()
        return [len(row) for row in rows]


@pytest.fixture
def start() -> Iterator[Callable[..., Worker]]:
    workers: list[Worker] = []

    def started(run: Any = lengths_of, max_queue: int = 8, max_step_s: float = 60.0) -> Worker:  # Any: a network
        batcher = MicroBatcher(max_batch_size=8, max_batch_tokens=64, max_queue=max_queue)
        workers.append(Worker(batcher, run, max_step_s=max_step_s))
        return workers[-1]

    yield started
    for worker in workers:
        worker.close()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as executor:
        yield executor


def test_outputs_come_in_the_rows_order(start: Callable[..., Worker]):
    worker = start()

    assert worker.submit(Request("embed", [row(1), row(1, 2, 3), row(1, 2)])) == [1, 3, 2]


def test_no_rows_need_no_step(start: Callable[..., Worker]):
    worker = start()

    assert worker.submit(Request("embed", [])) == []
    assert worker.num_batches == 0


def test_many_callers_get_their_own_outputs(start: Callable[..., Worker], pool: ThreadPoolExecutor):
    worker = start(max_queue=100)
    asked = [[row(*range(size))] * 3 for size in range(1, 40)]

    found = list(pool.map(lambda rows: worker.submit(Request("embed", rows)), asked))

    assert found == [[len(rows[0])] * 3 for rows in asked]
    assert worker.num_waiting == 0


def test_a_poison_row_fails_alone(start: Callable[..., Worker], pool: ThreadPoolExecutor):
    gate = Gate()

    def run(task: str, rows: Sequence[Row]) -> list[int]:
        if gate.batches:
            return lengths_of(task, rows)
        return gate(task, rows)

    worker = start(run)
    first = pool.submit(worker.submit, Request("embed", [row(1)]))
    gate.entered.acquire()
    poison = pool.submit(worker.submit, Request("embed", [row(POISON)]))
    mate = pool.submit(worker.submit, Request("embed", [row(1, 2)]))
    wait_until(lambda: worker.num_waiting == 3)
    gate.opened.release()

    assert (first.result(), mate.result()) == ([1], [2])
    with pytest.raises(EngineFailed, match="poison"):
        poison.result()
    assert worker.is_alive


def test_when_the_loop_itself_breaks_every_request_ends(start: Callable[..., Worker], pool: ThreadPoolExecutor):
    gate = Gate()
    worker = start(lambda task, rows: gate(task, rows)[1:])  # an output too few: an invariant of ours is broken
    running = pool.submit(worker.submit, Request("embed", [row(1)]))
    gate.entered.acquire()
    waiting = pool.submit(worker.submit, Request("embed", [row(1, 2)]))
    wait_until(lambda: worker.num_waiting == 2)
    gate.opened.release()

    for ended in (running, waiting):
        with pytest.raises(EngineFailed):
            ended.result(5)
    assert not worker.is_alive
    with pytest.raises(EngineFailed):
        worker.submit(Request("embed", [row(1)]))


def test_a_deadline_is_kept_while_the_network_is_busy(start: Callable[..., Worker], pool: ThreadPoolExecutor):
    gate = Gate()
    worker = start(gate)
    busy = pool.submit(worker.submit, Request("embed", [row(1)]))
    gate.entered.acquire()

    with pytest.raises(DeadlineExceeded):
        worker.submit(Request("embed", [row(1)], Deadline.after(0.01)))

    gate.opened.release(5)
    assert busy.result() == [1]
    assert sum(gate.batches) == 1  # the late row was never run


def test_an_aborted_request_ends_where_it_waits(start: Callable[..., Worker], pool: ThreadPoolExecutor):
    gate = Gate()
    worker = start(gate)
    running = pool.submit(worker.submit, Request("embed", [row(1)], request_id="one"))
    gate.entered.acquire()

    assert worker.abort("one")
    with pytest.raises(RequestAborted):
        running.result(timeout=5)
    assert not worker.abort("one")

    gate.opened.release(5)
    assert worker.submit(Request("embed", [row(1, 2)])) == [2]


def test_an_unknown_id_aborts_nothing(start: Callable[..., Worker]):
    assert not start().abort("nobody")


def test_overload_is_said_at_once_and_passes(start: Callable[..., Worker], pool: ThreadPoolExecutor):
    gate = Gate()
    worker = start(gate, max_queue=1)
    busy = pool.submit(worker.submit, Request("embed", [row(1)]))
    gate.entered.acquire()

    with pytest.raises(Overloaded) as raised:
        worker.submit(Request("embed", [row(1)]))

    assert raised.value.retry_after_s >= 0.1
    gate.opened.release(5)
    busy.result()
    assert worker.submit(Request("embed", [row(1)])) == [1]


def test_close_answers_what_waits_and_then_refuses(start: Callable[..., Worker], pool: ThreadPoolExecutor):
    gate = Gate()
    worker = start(gate)
    waiting = [pool.submit(worker.submit, Request("embed", [row(*range(size))])) for size in (1, 2, 3)]
    wait_until(lambda: worker.num_waiting == 3)
    closing = pool.submit(worker.close)
    gate.opened.release(5)

    assert [future.result() for future in waiting] == [[1], [2], [3]]
    closing.result()
    assert not worker.is_alive
    with pytest.raises(EngineFailed):
        worker.submit(Request("embed", [row(1)]))


def test_a_hung_step_is_noticed_refused_and_forgiven_when_it_ends(
    start: Callable[..., Worker], pool: ThreadPoolExecutor
):
    gate = Gate()
    worker = start(gate, max_step_s=0.01)
    hung = pool.submit(worker.submit, Request("embed", [row(1)]))
    gate.entered.acquire()
    wait_until(lambda: worker.is_hung)

    assert not worker.is_alive
    with pytest.raises(EngineFailed, match="hangs"):
        worker.submit(Request("embed", [row(1)]))

    gate.opened.release()
    assert hung.result() == [1]
    wait_until(lambda: worker.is_alive)


def wait_until(holds: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(1000):
        if holds():
            return
        pause.wait(0.005)
    raise AssertionError("it never came to hold")
