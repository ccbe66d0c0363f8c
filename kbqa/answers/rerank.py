"""Found passages → the same, in the order in which they are worth reading."""

from collections.abc import Sequence
from dataclasses import replace

from inference.reading.rerank import rerank_scores
from ingest.index.fusion import Fusion

from .passages import Found


def rerank(question: str, found: Sequence[Found], *, trust: float) -> list[Found]:
    """``trust`` is the share of the question that the encoder knows."""
    if not found:
        return []
    scores = rerank_scores(
        question,
        [each.text for each in found],
        [each.row.context for each in found],
        fused=[each.hit.score for each in found],
        dense=[each.hit.dense_score for each in found],
        dense_rank=[each.hit.dense_rank for each in found],
        dense_share=Fusion().share(trust),
    )
    order = (-scores).argsort(kind="stable")
    return [replace(found[place], rerank=round(float(scores[place]), 4)) for place in order]
