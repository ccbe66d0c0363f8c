"""How like two sets of vectors are: cosines, and neighbours that stay."""

from __future__ import annotations

import numpy as np

from inference.training.likeness import likeness, shared_neighbours


def unit(*shape: int, seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).normal(size=shape)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def test_vectors_are_all_like_themselves():
    vectors = unit(5, 8, seed=1)

    assert likeness(vectors, vectors) == {"cosine": 1.0, "least_cosine": 1.0}


def test_the_least_like_pair_is_told():
    vectors = unit(5, 8, seed=1)
    other = vectors.copy()
    other[2] *= -1

    assert likeness(vectors, other) == {"cosine": 0.6, "least_cosine": -1.0}


def test_neighbours_are_counted_among_the_ten_nearest():
    questions, passages = unit(7, 8, seed=2), unit(20, 8, seed=3)

    assert shared_neighbours((questions, questions), (passages, passages)) == 1.0
    assert shared_neighbours((questions, -questions), (passages, passages)) == 0.0  # of twenty, the other ten
