"""Two lists become one: no list counts for more than it is worth for this question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.index.fusion import Fusion

scores = st.dictionaries(st.integers(0, 30), st.floats(0.001, 50), max_size=12)


def order(fused: dict[int, float]) -> list[int]:
    return sorted(fused, key=lambda key: (-fused[key], key))


def test_a_question_the_encoder_cannot_read_is_answered_by_terms_alone() -> None:
    fused = Fusion().combine({1: 0.9, 2: 0.8}, {3: 5.0, 2: 4.0}, trust=0.0)

    assert order(fused)[:2] == [3, 2]
    assert fused[1] == 0.0


def test_without_lexical_hits_the_dense_list_counts_in_full() -> None:
    assert Fusion().combine({1: 0.5, 2: 0.25}, {}, trust=0.0) == {1: 1.0, 2: 0.5}


def test_without_a_vector_the_lexical_list_counts_in_full() -> None:
    assert Fusion().combine({}, {1: 8.0, 2: 2.0}, trust=1.0) == {1: 1.0, 2: 0.25}


def test_what_both_lists_hold_high_comes_first() -> None:
    fused = Fusion().combine({1: 0.9, 2: 0.85}, {3: 9.0, 2: 8.5}, trust=1.0)

    assert order(fused)[0] == 2


def test_a_passage_that_points_the_other_way_gets_nothing_for_it() -> None:
    fused = Fusion().combine({1: 0.8, 2: -0.4}, {2: 1.0}, trust=1.0)

    assert fused[2] == pytest.approx(1 - Fusion().dense_weight)


def test_nothing_found_is_nothing_fused() -> None:
    assert Fusion().combine({}, {}, trust=1.0) == {}


@given(st.floats(0, 1), st.floats(0, 1))
def test_trust_never_lowers_the_dense_lists_share(one: float, other: float) -> None:
    low, high = sorted((one, other))

    assert 0 <= Fusion().weight(low) <= Fusion().weight(high) <= Fusion().dense_weight


@given(scores, scores, st.floats(0, 1))
def test_every_key_is_kept_and_scores_lie_between_nought_and_one(
    dense: dict[int, float], lexical: dict[int, float], trust: float
) -> None:
    fused = Fusion().combine(dense, lexical, trust=trust)

    assert fused.keys() == dense.keys() | lexical.keys()
    assert all(0 <= score <= 1 + 1e-9 for score in fused.values())


@given(scores.filter(bool), scores.filter(bool), st.floats(0, 1), st.data())
def test_a_better_score_in_a_list_never_lowers_its_passage(
    dense: dict[int, float], lexical: dict[int, float], trust: float, data: st.DataObject
) -> None:
    key = data.draw(st.sampled_from(sorted(lexical)))
    raised = {**lexical, key: min(max(lexical.values()), lexical[key] * 2)}

    before, after = Fusion().combine(dense, lexical, trust=trust), Fusion().combine(dense, raised, trust=trust)

    assert after[key] >= before[key] - 1e-12
