"""Twisted questions ask for something their passage does not say."""

from __future__ import annotations

from dataclasses import replace

from inference.training.data import Answer, Question
from inference.training.perturb import left_out, negate, oppose, twisted


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


def test_a_passage_is_left_without_what_answers():
    said = "The mill near the river opened in 1912. " + "Ada went there by the old road, as many did. " * 5
    question = Question(
        id="a", title="Mill", context=said, question="When did it open?", answers=(Answer(text="1912", start=34),)
    )

    (made,) = left_out([question], limit=3, seed=1)

    assert "1912" not in made.context
    assert "Ada went there" in made.context
    assert (made.question, made.answers) == (question.question, ())


def test_a_passage_that_only_answers_or_answers_throughout_is_not_used(questions: list[Question]):
    again = Question(
        id="a", title="Mill", context="In 1912 it was. " * 20, question="When?", answers=(Answer(text="1912", start=3),)
    )

    assert left_out([again, questions[0], replace(again, answers=())], limit=3, seed=1) == []


def test_the_same_seed_twists_the_same(questions: list[Question]):
    assert twisted(questions, limit=6, seed=5) == twisted(questions, limit=6, seed=5)
