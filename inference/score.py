"""How good answers are: plain functions from answers and confidences to numbers.

Exact match and F1 are SQuAD's official ones (Rajpurkar et al., 2016): best over the gold
answers, and for an unanswerable question 1 for no answer, else 0. Where words have no
spaces between them, each ideograph counts as a word.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation + "，。！？、；：“”‘’（）《》「」·…")
_IDEOGRAPH = re.compile("([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")


def normalised(text: str) -> str:
    """Lower case, without punctuation and articles, ideographs apart, white space collapsed."""
    words = _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION))
    return " ".join(_IDEOGRAPH.sub(r" \1 ", words).split())


def exact_match(answer: str, golds: Sequence[str]) -> float:
    if not golds:
        return float(not answer)
    return float(any(normalised(answer) == normalised(gold) for gold in golds))


def f1(answer: str, golds: Sequence[str]) -> float:
    """Overlap of words, as the harmonic mean of precision and recall."""
    if not golds:
        return float(not answer)
    return max(_f1_of_one(answer, gold) for gold in golds)


def _f1_of_one(answer: str, gold: str) -> float:
    said, wanted = normalised(answer).split(), normalised(gold).split()
    if not said or not wanted:
        return float(said == wanted)
    shared = sum((Counter(said) & Counter(wanted)).values())
    return 2 * shared / (len(said) + len(wanted))


def auroc(scores: Sequence[float], positives: Sequence[bool]) -> float:
    """The chance that a positive scores above a negative; ties count half. 0.5 without both kinds."""
    labels = np.asarray(positives, dtype=bool)
    num_positive, num_negative = int(labels.sum()), int((~labels).sum())
    if not num_positive or not num_negative:
        return 0.5
    _, inverse, counts = np.unique(np.asarray(scores, dtype=np.float64), return_inverse=True, return_counts=True)
    middle_ranks = counts.cumsum() - (counts - 1) / 2  # 1-based, ties share their mean
    total = float(middle_ranks[inverse][labels].sum())
    return (total - num_positive * (num_positive + 1) / 2) / (num_positive * num_negative)


def calibration_error(probabilities: Sequence[float], right: Sequence[bool], *, num_bins: int = 15) -> float:
    """Expected calibration error over bins of equal width (Guo et al., 2017)."""
    said = np.asarray(probabilities, dtype=np.float64)
    was = np.asarray(right, dtype=np.float64)
    bins = np.minimum((said * num_bins).astype(int), num_bins - 1)
    gaps = [abs(said[bins == at].sum() - was[bins == at].sum()) for at in range(num_bins)]
    return float(sum(gaps) / max(1, len(said)))


def risk_coverage(confidences: Sequence[float], right: Sequence[bool]) -> tuple[Floats, Floats]:
    """Coverage and risk as answers are given from the surest down: the k-th point is for k answers."""
    order = np.argsort(-np.asarray(confidences, dtype=np.float64), kind="stable")
    wrong = 1 - np.asarray(right, dtype=np.float64)[order]
    answered = np.arange(1, len(wrong) + 1)
    return answered / max(1, len(wrong)), wrong.cumsum() / answered


def best_threshold(
    scores: Sequence[float], if_answered: Sequence[float], if_silent: Sequence[float]
) -> tuple[float, float]:
    """The threshold with the best mean when scores from it on are answered, and that mean."""
    order = np.argsort(-np.asarray(scores, dtype=np.float64), kind="stable")
    ranked = np.asarray(scores, dtype=np.float64)[order]
    gain = (np.asarray(if_answered) - np.asarray(if_silent))[order]
    totals = float(np.sum(if_silent)) + np.concatenate([[0.0], gain.cumsum()])
    # A threshold cannot fall between equal scores.
    allowed = np.concatenate([[True], ranked[1:] != ranked[:-1], [True]])
    best = int(np.flatnonzero(allowed)[totals[allowed].argmax()])
    return (float(ranked[best - 1]) if best else float("inf")), float(totals[best] / max(1, len(ranked)))


def interval(values: Sequence[float], *, seed: int = 7, draws: int = 1000) -> tuple[float, float]:
    """The 95 % percentile bootstrap interval of the mean (Efron, 1979); the same one every time."""
    numbers = np.asarray(values, dtype=np.float64)
    if not len(numbers):
        return 0.0, 0.0
    random = np.random.default_rng(seed)
    means = [numbers[random.integers(0, len(numbers), len(numbers))].mean() for _ in range(draws)]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)
