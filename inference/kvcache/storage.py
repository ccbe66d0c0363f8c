"""KVStorage: the key and value tensors, by block; the books say which block is whose, not this.

Slot s of a layer is position s % block_size of block s // block_size. Keys are kept as
they are scored: normalised and rotated. A head's part of a block lies in one piece, and what
is read lies head by head, as the products want it: they copy anything else first, which costs
more than they do (benchmarks/LOG.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from numpy.typing import NDArray
from torch import Tensor

from inference.arrays import as_array

from .block_table import Copy


@dataclass(frozen=True, slots=True, kw_only=True)
class KVLayout:
    """How many keys and values are kept, of what size, and in what dtype they are computed."""

    num_layers: int
    num_blocks: int
    block_size: int
    kv_heads: int
    head_dim: int
    dtype: torch.dtype
    device: torch.device | str = "cpu"


class Storage(Protocol):
    """Where attention writes and reads keys and values."""

    layout: KVLayout

    def write(self, layer: int, slots: Tensor, keys: Tensor, values: Tensor) -> None:
        """Keep ``keys`` and ``values``, [tokens, kv_heads, head_dim], at ``slots``, [tokens]."""

    def read(self, layer: int, block_ids: Tensor, *, rows: int = 1) -> tuple[Tensor, Tensor]:
        """Keys and values of ``rows`` tables of equal length, each [kv_heads, rows, tokens, head_dim].

        ``block_ids`` are [blocks], one table after the other; or [kv_heads, blocks], where each head has its own.
        """

    def copy(self, copies: Iterable[Copy]) -> None:
        """Copy whole blocks in all layers, in order."""

    @property
    def token_bytes(self) -> int:
        """What one position costs, over all layers."""


class KVStorage:
    """In the dtype the network computes in."""

    def __init__(self, layout: KVLayout) -> None:
        self.layout = layout
        heads, blocks = layout.kv_heads, layout.num_blocks
        shape = (2, heads, blocks, layout.block_size, layout.head_dim)  # keys, then values: one gather reads both
        self._layers = [self._zeros(shape) for _ in range(layout.num_layers)]
        self._firsts = (torch.arange(2 * heads, device=layout.device) * blocks).view(2, heads, 1)

    @property
    def token_bytes(self) -> int:
        return sum(kept[:, :, 0, 0].nbytes for layer in self._layers for kept in layer)

    def write(self, layer: int, slots: Tensor, keys: Tensor, values: Tensor) -> None:
        (blocks,) = self._layers[layer]
        flat = blocks.flatten(2, 3)
        flat[0].index_copy_(1, slots, keys.transpose(0, 1))
        flat[1].index_copy_(1, slots, values.transpose(0, 1))

    def read(self, layer: int, block_ids: Tensor, *, rows: int = 1) -> tuple[Tensor, Tensor]:
        (both,) = self._picked(layer, block_ids, rows)
        return both[0], both[1]

    def array(self, layer: int) -> NDArray[Any]:  # Any: float32, or bfloat16's bits in uint16
        """The layer's keys and values, [2, kv_heads, blocks, positions, head_dim], in the same memory."""
        (both,) = self._layers[layer]
        return as_array(both)

    def copy(self, copies: Iterable[Copy]) -> None:
        for source, target in copies:
            for layer in self._layers:
                for kept in layer:
                    kept[:, :, target] = kept[:, :, source]

    def _picked(self, layer: int, block_ids: Tensor, rows: int) -> list[Tensor]:
        """Of each tensor of the layer, [2, kv_heads, rows, tokens, …]."""
        places = (self._firsts + block_ids).flatten()
        return [
            kept.flatten(0, 2).index_select(0, places).view(*kept.shape[:2], rows, -1, kept.shape[-1])
            for kept in self._layers[layer]
        ]

    def _zeros(self, shape: tuple[int, ...]) -> tuple[Tensor, ...]:
        """What one layer keeps: tensors of [2, kv_heads, blocks, positions, …]."""
        return (torch.zeros(shape, dtype=self.layout.dtype, device=self.layout.device),)
