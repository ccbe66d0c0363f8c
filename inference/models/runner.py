"""ModelRunner: rows of token ids → one padded batch → one output a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from inference.request import Row

from .bert import BertForEmbedding, BertForSpans


class ModelRunner:
    """The networks by task, in their arithmetic; used by one thread."""

    def __init__(self, models: dict[str, BertForEmbedding | BertForSpans], *, threads: int) -> None:
        self._models = models
        torch.set_num_threads(threads)

    def run(self, task: str, rows: Sequence[Row]) -> list[Any]:  # Any: numpy arrays
        """Vectors [size] for embedding rows, logits [tokens, 2] for span rows; float32."""
        longest = max(map(len, rows))
        ids = torch.zeros(len(rows), longest, dtype=torch.int64)
        types = torch.zeros_like(ids)
        mask = torch.zeros(len(rows), longest, dtype=torch.bool)
        for place, row in enumerate(rows):
            ids[place, : len(row)] = torch.tensor(row.ids)
            types[place, row.second_from : len(row)] = 1
            mask[place, : len(row)] = True
        padded = any(len(row) < longest for row in rows)
        with torch.inference_mode():
            out = self._models[task](ids, types, mask if padded else None).numpy()
        return [out[place] if out.ndim == 2 else out[place, : len(row)] for place, row in enumerate(rows)]
