"""In which order found passages are worth reading: a linear model over both lists' scores and the words' closeness.

Its weights are those of `python -m benchmarks.reranking`, fitted for English and Chinese together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .closeness import closeness

WEIGHTS = (5.23, 2.69, 2.28, 4.19, 2.62)  # fused, dense, dense_first, nearness, pairs
_UNRANKED = 30  # the rank that stands for a list without the passage


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """What the search's lists say of each passage; None stands for a list without it.

    ``dense_share`` in [0, 1] is what the dense list is worth for this question.
    """

    fused: Sequence[float]
    dense: Sequence[float | None]
    dense_rank: Sequence[int | None]
    dense_share: float


def rerank_scores(question: str, passages: Sequence[str], contexts: Sequence[str], lists: Lists) -> np.ndarray:
    """[passages] float64, higher is better; ``contexts`` are titles and headings."""
    scores: np.ndarray = rerank_features(question, passages, contexts, lists) @ WEIGHTS
    return scores


def rerank_features(question: str, passages: Sequence[str], contexts: Sequence[str], lists: Lists) -> np.ndarray:
    """[passages, len(WEIGHTS)]; arguments as for ``rerank_scores``."""
    high = max((score for score in lists.dense if score and score > 0), default=1.0)
    columns = [
        list(lists.fused),
        [lists.dense_share * (score or 0.0) / high for score in lists.dense],
        [lists.dense_share / (1 + (rank or _UNRANKED)) for rank in lists.dense_rank],
    ]
    return np.column_stack([*columns, closeness(question, passages, contexts)])
