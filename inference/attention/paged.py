"""Attention through the block table (Kwon et al., 2023): keys are looked up, never computed twice.

Rows of sequences that decode are answered together; a stretch of several rows sees
what its sequence kept before, and itself.
"""

from __future__ import annotations

from torch import Tensor

from inference.batch import Batch, DecodeGroup, Stretch
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
            mixed[group.rows] = self._decode(group, queries[group.rows], layer)
        for stretch in batch.stretches:
            rows = slice(stretch.first, stretch.last)
            mixed[rows] = self._prefill(stretch, queries[rows], keys[rows], values[rows], layer)
        return mixed

    def _decode(self, group: DecodeGroup, queries: Tensor, layer: int) -> Tensor:
        keys, values = self._storage.read(layer, group.block_ids, rows=len(queries))
        return decode_attention(queries, keys, values, shortest=group.shortest, padding=group.padding)

    def _prefill(self, stretch: Stretch, queries: Tensor, keys: Tensor, values: Tensor, layer: int) -> Tensor:
        """``keys`` and ``values`` are the stretch's own; what came before is read."""
        if not stretch.start:
            return causal_attention(queries, keys.transpose(0, 1), values.transpose(0, 1), start=0)
        kept_keys, kept_values = self._storage.read(layer, stretch.block_ids)
        return causal_attention(queries, kept_keys[:, 0], kept_values[:, 0], start=stretch.start)
