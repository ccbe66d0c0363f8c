"""Figures over outcomes, small enough to do by hand."""

import pytest

from kbqa.quality import outcomes as runs
from kbqa.quality.outcomes import Outcome


def outcome(case_id: str = "1", **changes) -> Outcome:
    fields = {
        "id": case_id,
        "golds": ("1912",),
        "answer": "1912",
        "quote": "The mill opened in 1912.",
        "confidence": 0.9,
        "abstained": False,
        "ms": 10.0,
        "rank": 1,
    }
    return Outcome(**{**fields, **changes})


def test_a_right_answer_scores_in_full():
    measured = runs.figures([outcome(), outcome("2", rank=7)], recall=True)

    assert (measured["em"], measured["f1"], measured["quote_holds_answer"]) == (100, 100, 1)
    assert (measured["recall@1"], measured["recall@5"], measured["recall@10"]) == (0.5, 0.5, 1)


def test_silence_is_right_only_where_nothing_answers():
    unanswerable = outcome("2", golds=(), answer="1912", abstained=True)

    assert unanswerable.credit == 1
    assert outcome(abstained=True).credit == 0
    assert not unanswerable.is_right


def test_a_sentence_is_right_when_it_holds_the_answer():
    sentence = outcome(answer="The mill opened in 1912.")

    assert sentence.f1 < 0.5
    assert sentence.is_right


def test_a_run_survives_the_disk(tmp_path):
    kept = [outcome(), outcome("2", answer="", quote="", rank=None)]

    runs.save(kept, tmp_path / "run.jsonl")

    assert runs.load(tmp_path / "run.jsonl") == kept


def test_what_is_no_run_is_refused(tmp_path):
    (tmp_path / "run.jsonl").write_text('{"id": "1"}\n')

    with pytest.raises(ValueError, match="not a saved run"):
        runs.load(tmp_path / "run.jsonl")


def test_two_runs_are_compared_case_by_case():
    before = [outcome("1"), outcome("2", answer="1954"), outcome("only before")]
    after = [outcome("1", answer="1954"), outcome("2"), outcome("only after")]

    change = runs.compare(before, after)

    assert (change["cases"], change["better"], change["worse"], change["worst"]) == (2, 1, 1, ["1"])
    assert change["change"] == 0


def test_reliability_gathers_by_confidence():
    bins = runs.reliability([outcome(confidence=0.95), outcome("2", confidence=0.92, answer="x", quote="x")])

    assert bins == [(pytest.approx(0.935), 0.5, 2)]


def test_risk_grows_as_less_sure_answers_are_given():
    points = runs.risk_by_coverage([outcome(), outcome("2", confidence=0.2, answer="x", quote="x")])

    assert points == [(0.5, 0.0), (1.0, 0.5)]


def test_a_passage_without_an_answer_is_answered_by_a_quote_that_stands_in_it():
    inside, beside = (outcome(golds=(), in_passage=held) for held in (True, False))

    assert (inside.verdict, beside.verdict) == ("right", "wrong")
    assert (inside.credit, beside.credit) == (1, 0)
    assert outcome(golds=(), in_passage=True, abstained=True).verdict == "silent"
    assert outcome(golds=(), abstained=True).verdict == "right"
