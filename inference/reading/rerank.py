"""In which order found passages are worth reading: a linear model over both lists' scores and the words' closeness.

Its weights are those of `python -m benchmarks.reranking`, fitted for English and Chinese together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .closeness import closeness

WEIGHTS = (5.23, 2.69, 2.28, 4.19, 2.62)  # fused, dense, dense_first, nearness, pairs
_UNRANKED = 30  # the rank that stands for a list without the passage


def rerank_scores(
    question: str,
    passages: Sequence[str],
    contexts: Sequence[str],
    *,
    fused: Sequence[float],
    dense: Sequence[float | None],
    dense_rank: Sequence[int | None],
    dense_share: float,
) -> np.ndarray:
    """[passages] float64, higher is better.

    ``contexts`` are titles and headings; None stands for a list without the passage; ``dense_share`` in
    [0, 1] is what the dense list is worth for this question.
    """
    features = rerank_features(
        question,
        passages,
        contexts,
        fused=fused,
        dense=dense,
        dense_rank=dense_rank,
        dense_share=dense_share,
    )
    scores: np.ndarray = features @ WEIGHTS
    return scores


def rerank_features(
    question: str,
    passages: Sequence[str],
    contexts: Sequence[str],
    *,
    fused: Sequence[float],
    dense: Sequence[float | None],
    dense_rank: Sequence[int | None],
    dense_share: float,
) -> np.ndarray:
    """[passages, len(WEIGHTS)]; arguments as for ``rerank_scores``."""
    high = max((score for score in dense if score and score > 0), default=1.0)
    columns = [
        list(fused),
        [dense_share * (score or 0.0) / high for score in dense],
        [dense_share / (1 + (rank or _UNRANKED)) for rank in dense_rank],
    ]
    return np.column_stack([*columns, closeness(question, passages, contexts)])
