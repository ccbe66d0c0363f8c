"""Cases are what they say, and a fitted calibration tells right from wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inference.calibration import FEATURES
from inference.training.calibrate import choose_threshold, fit
from inference.training.cases import Case, CaseMaker, halves, sample
from inference.training.data import Question, load_tokenizer, read_questions
from inference.training.evaluate import Outcome, abstention_figures, answer_figures, read_cases
from inference.training.network import reader_from
from inference.training.reading import ReadConfig, Reader


def outcome(*, margin: float, is_right: bool) -> Outcome:
    case = Case(
        question="Who?", passages=("Ada",), titles=("",), golds=("Ada",) if is_right else (), is_answerable=is_right
    )
    signals = {**dict.fromkeys(FEATURES, 0.5), "margin": margin}
    return Outcome(case=case, answer="Ada", signals=signals)


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    """Right with the probability that a margin m gives through 1 / (1 + exp(-m))."""
    random = np.random.default_rng(1)
    margins = random.normal(0, 3, size=3000)
    right = random.random(3000) < 1 / (1 + np.exp(-margins))
    return [outcome(margin=float(m), is_right=bool(r)) for m, r in zip(margins, right, strict=True)]


def test_the_fit_recovers_the_probabilities(outcomes: list[Outcome]):
    calibration = fit(outcomes)

    for margin in (-3.0, 0.0, 2.0):
        said = calibration.probability(outcome(margin=margin, is_right=True).signals)
        assert said == pytest.approx(1 / (1 + np.exp(-margin)), abs=0.04)  # 3,000 draws


def test_the_threshold_parts_right_from_wrong(outcomes: list[Outcome]):
    assert choose_threshold(outcomes, fit(outcomes)) == pytest.approx(0.5, abs=0.12)  # a flat optimum


def test_abstention_is_reported_with_and_without_a_calibration(outcomes: list[Outcome]):
    bare = abstention_figures(outcomes, calibration=None, threshold=0.5)
    full = abstention_figures(outcomes, calibration=fit(outcomes), threshold=0.5)

    assert full["auroc"] == pytest.approx(bare["auroc_margin"], abs=1e-3)
    assert full["ece"] < 0.04  # type: ignore[operator]  # figures are numbers here


def test_a_question_of_yes_or_no_is_answered_by_the_passage_that_decides_it(base: Path, questions: list[Question]):
    asked = [replace(question, answers=()) for question in questions]
    cases = CaseMaker(asked, load_tokenizer(base), num_passages=2).yes_no(asked, seed=3)
    decided = next(case for case in cases if case.evidence and len(case.passages) == 2)
    place = decided.passages.index(decided.evidence)

    right, wrong = (Outcome(case=decided, answer="any", signals={}, passage=at) for at in (place, 1 - place))

    assert all(case.is_answerable == (case.evidence in case.passages) for case in cases)
    assert (right.worth, wrong.worth) == (1.0, 0.0)


def test_questions_of_yes_or_no_are_read_with_their_passage(tmp_path: Path):
    path = tmp_path / "boolq.jsonl"
    path.write_text(json.dumps({"id": "1", "question": "was it?", "answers": ["no"], "contexts": ["It was not."]}))

    (question,) = read_questions(path)

    assert (question.question, question.context, question.answers) == ("Was it?", "It was not.", ())


def test_cases_hold_or_lack_the_right_passage(base: Path, questions: list[Question]):
    maker = CaseMaker(questions, load_tokenizer(base), num_passages=2)
    question = questions[0]

    assert maker.case(question, "given").passages == (question.context,)
    assert question.context in maker.case(question, "retrieved").passages
    assert question.context not in maker.case(question, "missing").passages
    assert not maker.case(question, "wrong").is_answerable


def test_mixed_cases_cover_every_question(base: Path, questions: list[Question]):
    cases = CaseMaker(questions, load_tokenizer(base)).mixed(questions, seed=2)

    assert len(cases) == len(questions)
    assert {case.is_answerable for case in cases} == {True, False}


def test_halves_share_no_article(questions: list[Question]):
    first, rest = halves(questions)

    assert {question.title for question in first}.isdisjoint(question.title for question in rest)
    assert len(first) + len(rest) == len(questions)


def test_a_sample_is_drawn_once_and_in_order(questions: list[Question]):
    drawn = sample(questions, limit=5, seed=1)

    assert drawn == sample(questions, limit=5, seed=1)
    assert [int(question.id) for question in drawn] == sorted(int(question.id) for question in drawn)
    assert sample(questions, limit=None, seed=1) == questions


def test_cases_are_read_and_scored(base: Path, questions: list[Question]):
    maker = CaseMaker(questions, load_tokenizer(base))
    reader = Reader(reader_from(base, seed=2), load_tokenizer(base), ReadConfig(max_tokens=64))

    outcomes = read_cases(reader, [maker.case(question, "retrieved") for question in questions])

    figures = answer_figures(outcomes)
    assert figures["questions"] == 12
    assert all(outcome.answer in " ".join(outcome.case.passages) for outcome in outcomes)
    assert all(tuple(outcome.signals) == FEATURES for outcome in outcomes)
