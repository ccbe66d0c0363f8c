"""Reworded questions keep their answer and say otherwise what their passage's sentence says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from inference.training.data import Answer, Question
from inference.training.network import packaged_encoder
from inference.training.reword import Neighbours, reworded

_CONTEXT = "The famous mill was purchased in 1912. Its large wheel was located at the river."


@pytest.fixture
def asked() -> Question:
    return Question(
        id="q",
        title="Mill",
        context=_CONTEXT,
        question="Where was the large wheel located, and who bought it in May?",
        answers=(Answer(text="at the river", start=_CONTEXT.index("at the river")),),
    )


@pytest.fixture(scope="module")
def neighbours() -> Neighbours:
    return Neighbours.read(packaged_encoder())


def alike(texts: Sequence[str]) -> np.ndarray:
    return np.ones((len(texts), 1), dtype=np.float32)


def test_what_a_question_shares_with_its_answers_sentence_is_said_otherwise(asked: Question, neighbours: Neighbours):
    (made,) = reworded([asked], neighbours, alike, limit=5, seed=1)

    assert made.question not in (asked.question, "")
    assert "large" not in made.question
    assert "located" not in made.question
    assert made.question.endswith(", and who bought it in May?")  # the other sentence's word stays
    assert (made.context, made.answers) == (asked.context, asked.answers)


def test_a_question_that_would_mean_something_else_is_left_out(asked: Question, neighbours: Neighbours):
    def unlike(texts: Sequence[str]) -> np.ndarray:
        return np.asarray([[1.0, 0.0] if text == asked.question else [0.8, 0.6] for text in texts])

    assert reworded([asked], neighbours, unlike, limit=5, seed=1) == []


def test_no_more_than_are_asked_for(asked: Question, neighbours: Neighbours):
    assert len(reworded([asked] * 600, neighbours, alike, limit=300, seed=1)) == 300


def test_neighbours_are_synonyms_of_one_form(neighbours: Neighbours):
    assert neighbours.of("located") == ("situated",)
    assert "automobile" in neighbours.of("vehicle")
    assert "vehicles" not in neighbours.of("vehicle")  # another form
    assert "small" not in neighbours.of("large")  # its opposite
    assert "unofficial" not in neighbours.of("official")
    assert neighbours.of("winter") == neighbours.of("northern") == ()  # of a kind
    assert neighbours.of("qqqq") == ()
