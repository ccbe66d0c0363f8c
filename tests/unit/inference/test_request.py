"""A request is over once, and says how."""

from __future__ import annotations

import pytest

from inference.deadline import Deadline
from inference.errors import DeadlineExceeded, EngineFailed, RequestAborted
from inference.request import Request, Row


def request(num_rows: int, deadline: Deadline | None = None) -> Request:
    return Request("embed", [Row((1, 2), second_from=2)] * num_rows, deadline)


def test_it_is_over_with_the_last_output():
    asked = request(2)
    asked.deliver(1, "second")

    assert not asked.is_over
    asked.deliver(0, "first")
    assert asked.wait() == ["first", "second"]


def test_a_failure_is_raised_where_it_waits():
    asked = request(1)
    asked.fail(EngineFailed("broken"))

    with pytest.raises(EngineFailed, match="broken"):
        asked.wait()


def test_the_first_end_stands():
    asked = request(1)
    asked.deliver(0, "done")
    asked.abort()

    assert asked.wait() == ["done"]


def test_outputs_that_come_after_the_end_change_nothing():
    asked = request(1)
    asked.abort()
    asked.deliver(0, "late")

    with pytest.raises(RequestAborted):
        asked.wait()


def test_a_deadline_ends_the_wait():
    with pytest.raises(DeadlineExceeded) as raised:
        request(1, Deadline.after(0.001)).wait()

    assert raised.value.stage == "embed"
