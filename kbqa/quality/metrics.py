"""Figures over outcomes, each with the interval that goes with it."""

from collections.abc import Sequence

import numpy as np


def bootstrap_interval(values: Sequence[float], *, draws: int = 1000, seed: int = 7) -> tuple[float, float]:
    """95 % percentile bootstrap interval (Efron, 1979) of the mean; the same one every time."""
    if not values:
        return 0.0, 0.0
    sample = np.asarray(values, dtype=np.float64)
    chosen = np.random.default_rng(seed).integers(0, len(sample), size=(draws, len(sample)))
    low, high = np.percentile(sample[chosen].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)
