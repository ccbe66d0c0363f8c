"""A follow-up that names another thing becomes the question before it; anything less plain is left alone."""

import pytest

from kbqa.answers.rewording import reworded


@pytest.mark.parametrize(
    ("before", "question", "expected"),
    [
        ("How much does the FI-200 cost?", "And the FI-400?", "How much does the FI-400 cost?"),
        ("How much does the FI-200 cost?", "What about the FI-400?", "How much does the FI-400 cost?"),
        ("How much does the FI-400 cost?", "What is its warranty?", "What is the FI-400's warranty?"),
        (
            "What is the response time of the Plus plan?",
            "And of the Basic plan?",
            "What is the response time of the Basic plan?",
        ),
        (
            "How many days of leave do full-time staff have?",
            "What about part-time staff?",
            "How many days of leave do part-time staff have?",
        ),
        ("What is the hotel limit in London?", "And in Suzhou?", "What is the hotel limit in Suzhou?"),
        ("Where was Ada Byron born?", "And Charles Babbage?", "Where was Charles Babbage born?"),
    ],
)
def test_it_is_asked_of_the_other_thing(before: str, question: str, expected: str):
    assert reworded(question, before=before) == expected


@pytest.mark.parametrize(
    ("before", "question"),
    [
        ("When was the oldest oak in Harrow Wood planted?", "Who counts its rings?"),
        ("How long is the probation period?", "And the notice period during it?"),
        ("How long is the probation period?", "And how much notice is given?"),
        ("Do the FI-200 and the FI-250 fit?", "And the FI-400?"),
        ("When was the charter written?", "And in winter?"),
        ("When was the charter written?", "Why?"),
        ("保修期多长？", "滤网呢？"),
    ],
)
def test_what_has_no_plain_counterpart_is_left_alone(before: str, question: str):
    assert reworded(question, before=before) is None
