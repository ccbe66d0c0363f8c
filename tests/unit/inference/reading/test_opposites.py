"""A sentence that speaks of the opposite alone is doubted; all else keeps its margin."""

from __future__ import annotations

import pytest

from inference.calibration import Candidate
from inference.reading.opposites import PENALTY, doubted

LEAVE = (
    "Full-time staff have 28 days of leave. Part-time staff have fewer: 14 days. "
    "All, full-time or part-time, may carry 5."
)


def margin(question: str, read: str) -> float:
    start = LEAVE.index(read)
    (found,) = doubted(question, [LEAVE], [Candidate(passage=0, start=start, end=start + len(read), margin=5.0)])
    return found.margin


@pytest.mark.parametrize(
    ("question", "read", "expected"),
    [
        ("How many days do part-time staff have?", "28 days", 5.0 - PENALTY),
        ("How many days do part time staff have?", "28 days", 5.0 - PENALTY),
        ("How many days do part-time staff have?", "14 days", 5.0),
        ("How many days do part-time staff carry over?", "may carry 5", 5.0),
        ("How many days do full-time and part-time staff have?", "28 days", 5.0),
        ("How many days do staff have?", "28 days", 5.0),
    ],
)
def test_the_opposite_is_no_answer(question: str, read: str, expected: float) -> None:
    assert margin(question, read) == expected
