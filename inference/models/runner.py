"""ModelRunner: rows of token ids → one packed batch → one output a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from inference.request import Row

from .bert import BertForEmbedding, BertForSpans
from .row_attention import PackedRows


class ModelRunner:
    """The networks by task, in their arithmetic; used by one thread."""

    def __init__(self, models: dict[str, BertForEmbedding | BertForSpans], *, threads: int) -> None:
        self._models = models
        torch.set_num_threads(threads)

    def run(self, task: str, rows: Sequence[Row]) -> list[Any]:  # Any: numpy arrays
        """Vectors [size] for embedding rows, logits [tokens, 2] for span rows; float32."""
        model = self._models[task]
        with torch.inference_mode():
            out = model(PackedRows.of(rows)).numpy()
        if isinstance(model, BertForEmbedding):
            return list(out)
        return np.split(out, np.cumsum([len(row) for row in rows])[:-1])
