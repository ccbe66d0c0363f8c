"""Twisted questions ask for something their passage does not say."""

from __future__ import annotations

from dataclasses import replace

from inference.training.data import Question
from inference.training.perturb import negate, oppose, twisted


def test_a_word_becomes_its_opposite(questions: list[Question]):
    assert oppose(questions[1]) == "Who dissolved the first Mill?"
    assert oppose(replace(questions[1], question="Who was first?")) == "Who was last?"


def test_a_verb_is_negated_once(questions: list[Question]):
    assert negate(questions[0]) == "When didn't the Mill open?"
    assert negate(replace(questions[0], question="When did it not open?")) is None


def test_a_question_without_a_twist_is_left_out(questions: list[Question]):
    assert twisted([replace(questions[0], question="And?")], limit=5, seed=1) == []


def test_twisted_questions_keep_their_passage_and_have_no_answer(questions: list[Question]):
    known = {question.id: question for question in questions}

    made = twisted(questions, limit=8, seed=3)

    assert len(made) == 8
    for question in made:
        origin = known[question.id.removesuffix("-twisted")]
        assert question.context == origin.context
        assert question.question != origin.question
        assert question.answers == ()


def test_a_year_becomes_another_year_of_its_article(questions: list[Question]):
    asked = [
        replace(questions[0], question="Which hill had the mill of 1912?"),
        replace(questions[0], id="x", question="Which hill of 1931, 3.5 or 44?"),
    ]

    made = {question.question for seed in range(9) for question in twisted(asked[:1] + asked[1:], limit=2, seed=seed)}

    assert "Which hill had the mill of 1931?" in made
    assert not any("44?" in text and "mill" in text for text in made)


def test_the_same_seed_twists_the_same(questions: list[Question]):
    assert twisted(questions, limit=6, seed=5) == twisted(questions, limit=6, seed=5)
