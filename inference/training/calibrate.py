"""Outcomes → a ``Calibration``: logistic regression by Newton's method, lightly ridged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inference.calibration import FEATURES, Calibration, Judgement
from inference.score import best_threshold

from .evaluate import Outcome


def fit(outcomes: Sequence[Outcome], *, ridge: float = 1.0, num_steps: int = 30) -> Calibration:
    """The model of ``is_right`` over standardised features; the bias is not ridged."""
    seen = [outcome for outcome in outcomes if outcome.signals]
    table = np.asarray([[outcome.signals[name] for name in FEATURES] for outcome in seen])
    right = np.asarray([outcome.is_right for outcome in seen], dtype=np.float64)
    means, scales, weights = logistic(table, right, ridge=ridge, num_steps=num_steps)
    return Calibration(
        names=FEATURES,
        means=tuple(np.round(means, 6).tolist()),
        scales=tuple(np.round(scales, 6).tolist()),
        weights=tuple(np.round(weights[:-1], 6).tolist()),
        bias=round(float(weights[-1]), 6),
    )


def logistic(
    table: np.ndarray, right: np.ndarray, *, ridge: float = 1.0, num_steps: int = 30
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Columns' means and scales, and the weights of the standardised columns with the bias last.

    ``table`` is [rows, columns], ``right`` [rows] of 0 and 1.
    """
    means, spreads = table.mean(axis=0), table.std(axis=0)
    scales = np.where(spreads > 1e-9, spreads, 1.0)
    columns = np.column_stack([(table - means) / scales, np.ones(len(table))])
    penalty = np.diag([ridge] * table.shape[1] + [0.0])
    weights = np.zeros(table.shape[1] + 1)
    for _ in range(num_steps):
        said = 1 / (1 + np.exp(-np.clip(columns @ weights, -30, 30)))
        slope = columns.T @ (said - right) + penalty @ weights
        curve = (columns * (said * (1 - said))[:, None]).T @ columns + penalty + 1e-9 * np.eye(len(weights))
        weights -= np.linalg.solve(curve, slope)
    return means, scales, weights


def judged(outcomes: Sequence[Outcome]) -> Judgement:
    """Fitted, and with the threshold that serves best."""
    calibration = fit(outcomes)
    return Judgement(calibration=calibration, abstain_below=round(choose_threshold(outcomes, calibration), 3))


def choose_threshold(outcomes: Sequence[Outcome], calibration: Calibration) -> float:
    """The probability below which silence serves better, when silence is right if no passage answers."""
    sure = [calibration.probability(outcome.signals) for outcome in outcomes]
    if_answered = [outcome.worth for outcome in outcomes]
    if_silent = [float(not outcome.case.is_answerable) for outcome in outcomes]
    return min(1.0, best_threshold(sure, if_answered, if_silent)[0])
