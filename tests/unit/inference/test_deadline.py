"""One budget: it only shrinks."""

from __future__ import annotations

import pytest

from inference.deadline import Deadline
from inference.errors import DeadlineExceeded


def test_a_stage_takes_no_more_than_is_left():
    whole = Deadline.after(1.0)

    assert whole.within(5.0).at == whole.at
    assert whole.within(0.1).remaining_s <= 0.1


def test_a_past_deadline_has_nothing_left_and_names_the_stage():
    past = Deadline(0.0)

    assert past.remaining_s == 0.0
    with pytest.raises(DeadlineExceeded) as raised:
        past.check("retrieve")
    assert raised.value.stage == "retrieve"


def test_a_deadline_ahead_lets_a_stage_begin():
    Deadline.after(60).check("retrieve")
