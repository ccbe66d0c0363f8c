"""Which questions lean on the one before, and what they take from it."""

import pytest

from kbqa.answers.condense import condensed, is_follow_up


@pytest.mark.parametrize(
    "question",
    [
        "Who counts its rings?",
        "And in winter?",
        "What about part-time staff?",
        "Why?",
        "How many are there?",
        "When did they open?",
        "它的保修期多长？",
        "那么电池呢？",
        "兼职员工呢？",
    ],
)
def test_what_points_back_is_a_follow_up(question):
    assert is_follow_up(question)


@pytest.mark.parametrize(
    "question",
    [
        "When was the oldest oak in Harrow Wood planted?",
        "How many days of annual leave do full-time staff have?",
        "Which items that weigh over 2 kg ship by road?",
        "Is there a quiet period on Sundays?",
        "空气质量监测仪的保修期是多长？",
        "Thesis deadlines",
        "When the main sensor fails, how is it replaced?",
    ],
)
def test_what_stands_alone_is_left_alone(question):
    assert not is_follow_up(question)


def test_the_topic_joins_without_its_question_words():
    whole = condensed("Who counts its rings?", before="When was the oldest oak in Harrow Wood planted?", answered="")

    assert whole == "Who counts its rings? (the oldest oak in Harrow Wood planted)"


def test_a_short_answer_may_be_what_is_meant():
    whole = condensed("Where was she born?", before="Who wrote the charter?", answered="Ada Byron.")

    assert whole == "Where was she born? (Ada Byron; wrote the charter)"


def test_a_long_answer_stays_out():
    answered = "The charter was written over nine winters by many hands."

    assert "nine winters" not in condensed("Why?", before="Who wrote the charter?", answered=answered)


def test_what_is_said_already_is_not_said_twice():
    assert condensed("And the oak?", before="the oak?", answered="") == "And the oak?"
