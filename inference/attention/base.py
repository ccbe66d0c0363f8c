"""What a layer may ask of attention; dense.py is the reference every other variant is held to."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from inference.batch import Batch


class AttentionBackend(Protocol):
    """Causal attention with grouped query heads, scaled by 1/√head_dim."""

    def attend(self, queries: Tensor, keys: Tensor, values: Tensor, *, layer: int, batch: Batch) -> Tensor:
        """Mix the values each query sees.

        ``queries`` are [tokens, heads, head_dim], ``keys`` and ``values`` [tokens, kv_heads, head_dim],
        all of the batch's rows; returns [tokens, heads, head_dim].
        """
