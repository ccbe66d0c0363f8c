"""The metrics, on cases small enough to do by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.score import (
    auroc,
    best_threshold,
    calibration_error,
    exact_match,
    f1,
    interval,
    normalised,
    risk_coverage,
)


def test_normalising_drops_case_articles_and_punctuation():
    assert normalised("The  Ada, an (Engine)!") == "ada engine"


def test_exact_match_takes_the_best_gold():
    assert exact_match("the Mill.", ["house", "mill"]) == 1.0
    assert exact_match("mill", ["house"]) == 0.0


def test_f1_counts_shared_words():
    assert f1("old mill house", ["mill house"]) == pytest.approx(0.8)
    assert f1("cats", ["mill"]) == 0.0


def test_ideographs_are_compared_one_by_one():
    assert exact_match("《北京市》", ["北京市"]) == 1.0
    assert f1("北京", ["北京市"]) == pytest.approx(0.8)


def test_silence_is_right_where_there_is_no_answer():
    assert f1("", []) == exact_match("", []) == 1.0
    assert f1("mill", []) == exact_match("mill", []) == 0.0


def test_auroc_of_perfect_reversed_and_tied_scores():
    labels = [True, True, False]

    assert auroc([3, 2, 1], labels) == 1.0
    assert auroc([1, 2, 3], labels) == 0.0
    assert auroc([1, 1, 1], labels) == 0.5
    assert auroc([1, 2], [True, True]) == 0.5


@given(st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=1, max_size=30))
def test_auroc_counts_pairs(rows: list[tuple[int, bool]]):
    positives = [score for score, label in rows if label]
    negatives = [score for score, label in rows if not label]
    pairs = [(p > n) + 0.5 * (p == n) for p in positives for n in negatives]

    expected = sum(pairs) / len(pairs) if pairs else 0.5

    assert auroc([score for score, _ in rows], [label for _, label in rows]) == pytest.approx(expected)


def test_calibration_error_is_the_gap_between_said_and_seen():
    assert calibration_error([0.75, 0.75, 0.75, 0.75], [True, True, True, False]) == pytest.approx(0.0)
    assert calibration_error([1.0, 1.0], [True, False]) == pytest.approx(0.5)


def test_risk_rises_with_coverage_when_confidence_is_good():
    coverage, risk = risk_coverage([0.9, 0.1, 0.5], [True, False, True])

    assert coverage.tolist() == pytest.approx([1 / 3, 2 / 3, 1.0])
    assert risk.tolist() == pytest.approx([0.0, 0.0, 1 / 3])


def test_best_threshold_answers_exactly_the_good_ones():
    threshold, mean = best_threshold([5, 4, 1], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0])

    assert (threshold, mean) == (4.0, 1.0)


def test_best_threshold_can_be_silence():
    assert best_threshold([5, 4], [0.0, 0.0], [1.0, 1.0]) == (float("inf"), 1.0)


def test_best_threshold_never_parts_equal_scores():
    _, mean = best_threshold([2, 2], [1.0, 0.0], [0.0, 1.0])

    assert mean == 0.5


def test_an_interval_holds_the_mean_and_repeats():
    values = [0.0, 1.0] * 50

    low, high = interval(values, draws=200)

    assert low < 0.5 < high
    assert (low, high) == interval(values, draws=200)
