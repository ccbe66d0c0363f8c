"""How like an encoder's rounded vectors are to its plain ones, over questions and passages it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from inference.models.bert import BertForEmbedding
from inference.models.row_attention import PackedRows
from inference.request import Row

_NEAREST = 10
_STEP_TOKENS = 4000


def likeness(plain: np.ndarray, rounded: np.ndarray) -> dict[str, float]:
    """Mean and least cosine of the texts' two vectors, both of length one [texts, size]."""
    cosines = (plain * rounded).sum(1)
    return {"cosine": round(float(cosines.mean()), 5), "least_cosine": round(float(cosines.min()), 4)}


def shared_neighbours(questions: tuple[np.ndarray, np.ndarray], passages: tuple[np.ndarray, np.ndarray]) -> float:
    """The share of each question's ten nearest passages that are so in both; each a pair, plain and rounded."""
    plain, rounded = (
        np.argsort(-asked @ given.T, axis=1)[:, :_NEAREST].tolist()
        for asked, given in zip(questions, passages, strict=True)
    )
    return float(np.mean([len(set(one) & set(other)) / _NEAREST for one, other in zip(plain, rounded, strict=True)]))


def vectors_of(model: BertForEmbedding, rows: Sequence[Row]) -> np.ndarray:
    """The rows' vectors [rows, size], in steps of rows of like length."""
    order = sorted(range(len(rows)), key=lambda place: len(rows[place]))
    found = np.empty((len(rows), model.encoder.words.embedding_dim), np.float32)
    while order:
        step = [order.pop()]
        while order and sum(len(rows[place]) for place in step) < _STEP_TOKENS:
            step.append(order.pop())
        with torch.inference_mode():
            found[step] = model(PackedRows.of([rows[place] for place in step])).numpy()
    return found
