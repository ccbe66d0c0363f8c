"""Attention through the block table (Kwon et al., 2023): keys are looked up, never computed twice.

Rows of sequences that decode are answered together; a stretch of several rows sees
what its sequence kept before, and itself.
"""

from __future__ import annotations

from torch import Tensor

from inference.batch import Batch, Stretch
from inference.kvcache.storage import Storage

from .dense import causal_attention, decode_attention


class PagedAttention:
    """Writes every step's keys and values to the storage, then attends."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def attend(self, queries: Tensor, keys: Tensor, values: Tensor, *, layer: int, batch: Batch) -> Tensor:
        self._storage.write(layer, batch.slots, keys, values)
        mixed = queries.new_empty(queries.shape)
        for group in batch.groups:
            kept_keys, kept_values = self._storage.read(layer, group.block_ids, rows=len(group.rows))
            seen = slice(group.num_keys)
            mixed[group.rows] = decode_attention(
                queries[group.rows], kept_keys[:, seen], kept_values[:, seen], group.bias
            )
        for stretch in batch.stretches:
            rows = slice(stretch.first, stretch.last)
            kept_keys, kept_values = self._kept(layer, stretch) if stretch.start else (keys[rows], values[rows])
            mixed[rows] = causal_attention(queries[rows], kept_keys, kept_values, start=stretch.start)
        return mixed

    def _kept(self, layer: int, stretch: Stretch) -> tuple[Tensor, Tensor]:
        keys, values = self._storage.read(layer, stretch.block_ids)
        return keys[0, : stretch.end], values[0, : stretch.end]
