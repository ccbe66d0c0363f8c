"""Block-sparse attention: a local window, the first tokens, and strided links between (Child et al., 2019).

Positions go in blocks of 128. Block b sees the blocks of its window, the sinks (Xiao et
al., 2023), and of those between every ⌊√b⌋-th, counted from itself: about √b in all, so a
prompt costs n√n. Only the blocks seen are read and multiplied. What a row sees depends
on its position alone, so chunks, batches and decoding agree with one another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from inference.batch import DecodeGroup, Stretch
from inference.kvcache.storage import Storage

from .dense import causal_attention, decode_attention
from .paged import PagedAttention

SPARSE_BLOCK = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Which blocks see which; early ones see everything."""

    window: int = 8
    sinks: int = 1

    @classmethod
    def everything(cls) -> Self:
        """A window over all there is."""
        return cls(window=1 << 30)

    @property
    def num_dense(self) -> int:
        """Positions below see all before them."""
        return (self.window + self.sinks) * SPARSE_BLOCK

    def seen_by(self, block: int) -> list[int]:
        """In order; the last one is the block itself."""
        near = max(0, block - self.window + 1)
        stride = max(1, math.isqrt(block))
        linked = [far for far in range(self.sinks, near) if (block - far) % stride == 0]
        return [*range(min(self.sinks, near)), *linked, *range(near, block + 1)]


class SparseAttention(PagedAttention):
    """Paged attention that leaves blocks out."""

    def __init__(self, storage: Storage, *, pattern: Pattern | None = None) -> None:
        super().__init__(storage)
        self._tables_a_block, rest = divmod(SPARSE_BLOCK, storage.layout.block_size)
        assert not rest, "a sparse block is whole blocks of the cache"
        self._pattern = pattern or Pattern()

    def _decode(self, group: DecodeGroup, queries: Tensor, layer: int) -> Tensor:
        if max(group.ends) <= self._pattern.num_dense:
            return super()._decode(group, queries, layer)
        tables = group.block_ids.view(len(queries), -1)
        rows = []
        for row, end in enumerate(group.ends):
            last = (end - 1) // SPARSE_BLOCK
            keys, values = self._read(layer, tables[row], last)
            num_seen = keys.shape[2] - SPARSE_BLOCK + end - last * SPARSE_BLOCK
            rows.append(decode_attention(queries[row : row + 1], keys, values, shortest=num_seen))
        return torch.cat(rows)

    def _prefill(self, stretch: Stretch, queries: Tensor, keys: Tensor, values: Tensor, layer: int) -> Tensor:
        if stretch.end <= self._pattern.num_dense:
            return super()._prefill(stretch, queries, keys, values, layer)
        mixed = queries.new_empty(queries.shape)
        for block in range(stretch.start // SPARSE_BLOCK, -(-stretch.end // SPARSE_BLOCK)):
            first = max(stretch.start, block * SPARSE_BLOCK)
            last = min(stretch.end, (block + 1) * SPARSE_BLOCK)
            rows = slice(first - stretch.start, last - stretch.start)
            seen_keys, seen_values = self._read(layer, stretch.block_ids, block)
            num_seen = seen_keys.shape[2] - SPARSE_BLOCK + last - block * SPARSE_BLOCK
            mixed[rows] = causal_attention(
                queries[rows], seen_keys[:, 0], seen_values[:, 0], start=num_seen - (last - first)
            )
        return mixed

    def _read(self, layer: int, block_ids: Tensor, block: int) -> tuple[Tensor, Tensor]:
        """What ``block`` sees, [kv_heads, 1, tokens, head_dim]; its own 128 positions are last, written or not."""
        missing = (block + 1) * self._tables_a_block - len(block_ids)
        if missing > 0:
            block_ids = torch.cat((block_ids, block_ids.new_zeros(missing)))
        seen = torch.tensor(self._pattern.seen_by(block), device=block_ids.device)
        tables = block_ids[: (block + 1) * self._tables_a_block].view(-1, self._tables_a_block)
        return self._storage.read(layer, tables[seen].flatten())
