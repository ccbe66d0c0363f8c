"""Dense search: cosines, best first, exact while flat and nearly so as a graph; the dead are never among them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ingest.index.vectors import Vectors, vectors_write
from tests.segments import unit_vectors

KINDS = pytest.mark.parametrize("exact_up_to", [10_000, 0], ids=["flat", "graph"])


def written(folder: Path, vectors: np.ndarray, *, exact_up_to: int = 10_000) -> Vectors:
    vectors_write(folder, vectors, exact_up_to=exact_up_to)
    return Vectors(folder)


def best(vectors: np.ndarray, question: np.ndarray, alive: np.ndarray, k: int) -> list[int]:
    cosines = np.where(alive, vectors @ question, -np.inf)
    return [int(ordinal) for ordinal in np.argsort(-cosines, kind="stable")[: min(k, int(alive.sum()))]]


@KINDS
def test_scores_are_cosines_best_first(tmp_path: Path, exact_up_to: int) -> None:
    vectors = unit_vectors(300)

    scores, ordinals = written(tmp_path, vectors, exact_up_to=exact_up_to).search(vectors[5], 10, alive=None)

    assert ordinals[0] == 5
    np.testing.assert_allclose(scores, vectors[ordinals] @ vectors[5], atol=1e-6)
    assert (np.diff(scores) <= 0).all()


def test_a_flat_index_gives_just_the_best(tmp_path: Path) -> None:
    vectors, question = unit_vectors(500), unit_vectors(1, seed=8)[0]

    _, ordinals = written(tmp_path, vectors).search(question, 20, alive=None)

    assert ordinals.tolist() == best(vectors, question, np.ones(500, bool), 20)


@KINDS
@pytest.mark.parametrize("share", [0.9, 0.5, 0.19, 0.02, 0.005])
def test_the_dead_are_left_out_and_the_living_are_all_found(tmp_path: Path, exact_up_to: int, share: float) -> None:
    vectors, question = unit_vectors(2_000), unit_vectors(1, seed=8)[0]
    alive = np.random.default_rng(3).random(2_000) < share

    _, ordinals = written(tmp_path, vectors, exact_up_to=exact_up_to).search(question, 20, alive=alive)

    expected = best(vectors, question, alive, 20)
    assert alive[ordinals].all()
    assert len(ordinals) == len(expected)
    assert len(set(ordinals.tolist()) & set(expected)) >= 0.95 * len(expected)


@KINDS
def test_with_all_dead_nothing_is_found(tmp_path: Path, exact_up_to: int) -> None:
    index = written(tmp_path, unit_vectors(50), exact_up_to=exact_up_to)

    scores, ordinals = index.search(unit_vectors(1)[0], 5, alive=np.zeros(50, bool))

    assert (len(scores), len(ordinals)) == (0, 0)


@KINDS
def test_more_may_be_asked_for_than_there_are(tmp_path: Path, exact_up_to: int) -> None:
    index = written(tmp_path, unit_vectors(3), exact_up_to=exact_up_to)

    _, ordinals = index.search(unit_vectors(1)[0], 100, alive=None)

    assert sorted(ordinals.tolist()) == [0, 1, 2]


@KINDS
def test_every_vector_comes_back_in_order(tmp_path: Path, exact_up_to: int) -> None:
    vectors = unit_vectors(40)

    np.testing.assert_array_equal(written(tmp_path, vectors, exact_up_to=exact_up_to).all(), vectors)


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    index = written(tmp_path, unit_vectors(0))

    assert len(index) == 0
    assert index.search(unit_vectors(1)[0], 5, alive=None)[1].tolist() == []
    assert index.all().shape == (0, 16)
