"""Found passages → the same, in the order in which they are worth reading."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from inference.reading.rerank import Lists, rerank_scores
from ingest.index.fusion import Fusion
from ingest.index.types import Hit

from .passages import Found


def rerank(question: str, found: Sequence[Found], *, trust: float) -> list[Found]:
    """``trust`` is the share of the question that the encoder knows."""
    if not found:
        return []
    texts, contexts = [each.text for each in found], [each.row.context for each in found]
    scores = hit_scores(question, [each.hit for each in found], texts, contexts, trust=trust)
    order = (-scores).argsort(kind="stable")
    return [replace(found[place], rerank=round(float(scores[place]), 4)) for place in order]


def hit_scores(
    question: str, hits: Sequence[Hit], texts: Sequence[str], contexts: Sequence[str], *, trust: float
) -> np.ndarray:
    """[hits] float64, higher is better; ``contexts`` are titles and headings."""
    lists = Lists(
        fused=[hit.score for hit in hits],
        dense=[hit.dense_score for hit in hits],
        dense_rank=[hit.dense_rank for hit in hits],
        dense_share=Fusion().share(trust),
    )
    return rerank_scores(question, texts, contexts, lists)
