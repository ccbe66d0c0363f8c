"""KeyBounds: between what each block's keys lie, channel by channel, so that a query can tell which blocks may matter.

A bound is taken over the whole block each time something is written to it. Positions that
nobody wrote since make it wider than need be, never narrower.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from .block_table import Copy
from .storage import Storage


class KeyBounds:
    """A `Storage` that knows its blocks' bounds; all else is the storage's own."""

    def __init__(self, storage: Storage) -> None:
        self._storage, self.layout = storage, storage.layout
        shape = (self.layout.kv_heads, self.layout.num_blocks, 2, self.layout.head_dim)
        dtype, device = self.layout.dtype, self.layout.device
        self._bounds = [torch.zeros(shape, dtype=dtype, device=device) for _ in range(self.layout.num_layers)]

    def of(self, layer: int) -> Tensor:
        """[kv_heads, blocks, 2, head_dim]: the least and the greatest of each channel's keys."""
        return self._bounds[layer]

    @property
    def token_bytes(self) -> int:
        own = sum(bounds[:, 0].nbytes for bounds in self._bounds)  # of a block
        return self._storage.token_bytes + own // self.layout.block_size

    def write(self, layer: int, slots: Tensor, keys: Tensor, values: Tensor) -> None:
        self._storage.write(layer, slots, keys, values)
        block_ids = torch.unique_consecutive(slots // self.layout.block_size)
        blocks, _ = self._storage.read(layer, block_ids, rows=len(block_ids))  # [kv_heads, blocks, positions, …]
        self._bounds[layer].index_copy_(1, block_ids, torch.stack(blocks.aminmax(dim=2), 2))

    def read(self, layer: int, block_ids: Tensor, *, rows: int = 1) -> tuple[Tensor, Tensor]:
        return self._storage.read(layer, block_ids, rows=rows)

    def copy(self, copies: Iterable[Copy]) -> None:
        copies = list(copies)
        self._storage.copy(copies)
        for source, target in copies:
            for bounds in self._bounds:
                bounds[:, target] = bounds[:, source]
