"""Best blocks for a decoded token: it attends to the blocks whose keys may score highest (Quest, Tang et al., 2024).

Each key head picks its own, by what the query could score at most within a block's bounds; the
first block and the latest are always among them. A prompt's rows see what sparse attention
lets them see. With a budget that covers every block the numbers are dense attention's.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from inference.batch import DecodeGroup, Stretch
from inference.kvcache.bounds import KeyBounds

from .dense import decode_attention
from .paged import PagedAttention
from .sparse import Pattern, SparseAttention

_LATEST = 8  # blocks that are always seen, the one being written among them


class BestBlockAttention(SparseAttention):
    """``max_keys`` a decoded token and key head; ``pattern`` for prompts, all of a prompt where None."""

    def __init__(self, storage: KeyBounds, *, max_keys: int, pattern: Pattern | None = None) -> None:
        super().__init__(storage, pattern=pattern or Pattern.everything())
        self._bounds, self._block_size = storage, storage.layout.block_size
        self._num_blocks = max(max_keys // self._block_size, _LATEST + 1)

    def _decode(self, group: DecodeGroup, queries: Tensor, layer: int) -> Tensor:
        if max(group.ends) <= self._num_blocks * self._block_size:
            return PagedAttention._decode(self, group, queries, layer)
        tables = group.block_ids.view(len(queries), -1)
        rows = [self._attend(queries[row], tables[row], end, layer) for row, end in enumerate(group.ends)]
        return torch.stack(rows)

    def _prefill(self, stretch: Stretch, queries: Tensor, keys: Tensor, values: Tensor, layer: int) -> Tensor:
        if not stretch.is_drafted:
            return super()._prefill(stretch, queries, keys, values, layer)
        ends = range(stretch.start + 1, stretch.end + 1)  # a draft sees what it would see if it came alone
        rows = [self._attend(query, stretch.block_ids, end, layer) for query, end in zip(queries, ends, strict=True)]
        return torch.stack(rows)

    def _attend(self, query: Tensor, table: Tensor, end: int, layer: int) -> Tensor:
        """[heads, head_dim] over the best of the blocks that hold positions [0, end)."""
        num_blocks = -(-end // self._block_size)
        num_picked = min(self._num_blocks, num_blocks)
        most = ceilings(query, self._bounds.of(layer).index_select(1, table[: num_blocks - 1]))
        most[:, 0] = most[:, num_blocks - _LATEST :] = torch.inf
        picked = most.topk(num_picked - 1, -1, sorted=False).indices  # [kv_heads, blocks]
        block_ids = torch.cat((table[picked], table[num_blocks - 1].expand(len(picked), 1)), 1)
        num_keys = (num_picked - num_blocks) * self._block_size + end  # the last block is the only one with a rest
        keys, values = self._bounds.read(layer, block_ids)
        return decode_attention(query[None], keys, values, shortest=num_keys)[0]


def ceilings(query: Tensor, bounds: Tensor) -> Tensor:
    """[kv_heads, blocks] in logarithms: the most that a head of ``query`` [heads, head_dim] could give a key there.

    ``bounds`` [kv_heads, blocks, 2, head_dim] are each block's least and greatest keys; of the heads that share
    a key head the one that would give most counts.
    """
    kv_heads, head_dim = len(bounds), bounds.shape[-1]
    grouped = query.view(kv_heads, -1, head_dim)
    signed = torch.cat((grouped.clamp(max=0), grouped.clamp(min=0)), -1)  # least for the negative, greatest else
    scores = torch.bmm(signed, bounds.flatten(2).transpose(1, 2)).float()
    return (scores / math.sqrt(head_dim)).log_softmax(-1).amax(1)
