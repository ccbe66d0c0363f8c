"""The probability of being right: what it looks at, and that a bad file is refused."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.calibration import FEATURES, Calibration, Candidate, answer_key, features, ranked
from inference.errors import ConfigError

PASSAGES = ["The mill opened in 1912. It burns down.", "In 1912 the mill was opened by Ada.", "Cats sleep."]
FIRST = Candidate(passage=0, start=19, end=23, margin=6.0)
SECOND = Candidate(passage=1, start=3, end=7, margin=4.0)
THIRD = Candidate(passage=2, start=0, end=4, margin=-3.0)


def calibration(**weights: float) -> Calibration:
    names = tuple(weights)
    ones = (1.0,) * len(names)
    return Calibration(names=names, means=(0.0,) * len(names), scales=ones, weights=tuple(weights.values()), bias=0.0)


def test_every_feature_is_computed():
    seen = features("When did the mill open?", PASSAGES, [FIRST, SECOND, THIRD])

    assert tuple(seen) == FEATURES
    assert all(math.isfinite(number) for number in seen.values())


def test_the_same_answer_elsewhere_is_agreement_and_no_rival():
    seen = features("When did the mill open?", PASSAGES, [SECOND, FIRST, THIRD])

    assert seen["agreement"] == 0.5
    assert seen["lead"] == 9.0


def test_a_lone_answer_has_the_greatest_lead():
    seen = features("When did the mill open?", PASSAGES[:1], [FIRST])

    assert seen["lead"] == 10.0
    assert seen["alone"] == 1.0


def test_coverage_knows_inflected_words_and_the_answers_sentence():
    seen = features("When did the mill open and burn?", PASSAGES, [FIRST])

    assert seen["passage_coverage"] == pytest.approx(1.0)
    assert seen["sentence_coverage"] == pytest.approx(2 / 3)


def test_what_stands_above_a_passage_counts_as_said_in_it():
    without = features("When did the Riga mill open?", PASSAGES, [FIRST])
    below = features("When did the Riga mill open?", PASSAGES, [FIRST], contexts=["Mills of Riga", "", ""])

    assert without["passage_coverage"] == pytest.approx(2 / 3)
    assert below["passage_coverage"] == pytest.approx(1.0)
    assert below["sentence_coverage"] == without["sentence_coverage"]


def test_an_answer_that_echoes_the_question_is_seen():
    seen = features("Do cats sleep?", PASSAGES, [THIRD])

    assert seen["echo"] == 1.0


def test_chinese_words_are_characters():
    seen = features("磨坊何时开业？", ["磨坊于1912年开业。"], [Candidate(passage=0, start=3, end=7, margin=1.0)])

    assert seen["passage_coverage"] == pytest.approx(4 / 6)


def test_ranked_answers_neither_repeat_nor_overlap():
    inside = Candidate(passage=0, start=16, end=23, margin=5.0)

    assert ranked(PASSAGES, [THIRD, SECOND, inside, FIRST]) == [FIRST, THIRD]


def test_mass_is_a_log_probability_even_for_extreme_margins():
    sure = features("When?", PASSAGES, [Candidate(passage=0, start=19, end=23, margin=900.0)])
    lost = features("When?", PASSAGES, [Candidate(passage=0, start=19, end=23, margin=-900.0)])

    assert sure["mass"] == pytest.approx(0.0)
    assert lost["mass"] == pytest.approx(-900.0)


def test_answer_key_forgets_case_articles_and_punctuation():
    assert answer_key("The  Mill, (1912)") == answer_key("mill 1912")


@given(st.floats(-100, 100), st.floats(-100, 100))
def test_probability_grows_with_a_positively_weighed_feature(one: float, other: float):
    model = calibration(margin=0.3)

    low, high = sorted([one, other])

    assert 0 < model.probability({"margin": low}) <= model.probability({"margin": high}) < 1


def test_a_missing_feature_counts_as_its_mean():
    model = Calibration(names=("margin",), means=(2.0,), scales=(1.0,), weights=(5.0,), bias=0.0)

    assert model.probability({}) == pytest.approx(0.5)


def test_json_round_trip_keeps_the_calibration():
    model = calibration(margin=0.3, lead=0.1)

    assert Calibration.from_json(json.loads(json.dumps(model.to_json()))) == model


@pytest.mark.parametrize(
    "change",
    [{"weights": [1.0, 2.0]}, {"scales": [0.0]}, {"bias": float("nan")}, {"names": ["speed"]}, {"means": "?"}],
)
def test_a_broken_calibration_is_refused(change: dict[str, object]):
    kept = calibration(margin=0.3).to_json()

    with pytest.raises(ConfigError):
        Calibration.from_json({**kept, **change})


def test_an_incomplete_calibration_is_refused():
    with pytest.raises(ConfigError, match="not a calibration"):
        Calibration.from_json({"names": ["margin"]})
