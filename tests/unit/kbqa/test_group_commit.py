"""Group commit: nobody returns unwritten, one entry's fault stays its own."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

import pytest

from kbqa.group_commit import GroupCommit

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_comes_while_another_writes_is_written_together() -> None:
    batches: list[list[int]] = []
    first_began, others_wait = threading.Event(), threading.Event()

    def write(entries: Sequence[int]) -> None:
        batches.append(sorted(entries))
        if len(batches) == 1:
            first_began.set()
            assert others_wait.wait(10)

    group = GroupCommit(write, within=nullcontext)
    threads = [threading.Thread(target=group.add, args=(0,))]
    threads[0].start()
    assert first_began.wait(10)
    threads += [threading.Thread(target=group.add, args=(number,)) for number in range(1, 6)]
    for thread in threads[1:]:
        thread.start()
    while len(group._queue) < 5:
        pass
    others_wait.set()
    for thread in threads:
        thread.join(10)
    assert batches == [[0], [1, 2, 3, 4, 5]]


def test_a_bad_entry_fails_alone() -> None:
    written: list[int] = []
    began, go_on = threading.Event(), threading.Event()
    failed: list[int] = []

    def write(entries: Sequence[int]) -> None:
        if entries == [0]:
            began.set()
            assert go_on.wait(10)
        if 3 in entries:
            raise ValueError("three")
        written.extend(entries)

    group = GroupCommit(write, within=nullcontext)

    def add(number: int) -> None:
        try:
            group.add(number)
        except ValueError:
            failed.append(number)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(6)]
    threads[0].start()
    assert began.wait(10)
    for thread in threads[1:]:
        thread.start()
    while len(group._queue) < 5:
        pass
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert (sorted(written), failed) == ([0, 1, 2, 4, 5], [3])


def test_a_writer_that_is_interrupted_leaves_nobody_waiting() -> None:
    class Interrupted(BaseException):
        pass

    @contextmanager
    def within() -> Iterator[None]:
        if interrupts.pop(0):
            raise Interrupted
        yield

    interrupts, written = [True, False], list[int]()
    group = GroupCommit(written.extend, within=within)

    with pytest.raises(Interrupted):
        group.add(1)
    after = threading.Thread(target=group.add, args=(2,), daemon=True)
    after.start()
    after.join(10)

    assert (written, after.is_alive()) == ([2], False)
