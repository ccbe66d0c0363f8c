"""KVStorage: the key and value tensors, by block; the books say which block is whose, not this.

Slot s of a layer is position s % block_size of block s // block_size. Keys are kept as
they are scored: normalised and rotated.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import torch
from torch import Tensor

from .block_table import Copy


class Storage(Protocol):
    """Where attention writes and reads keys and values."""

    def write(self, layer: int, slots: Tensor, keys: Tensor, values: Tensor) -> None:
        """Keep ``keys`` and ``values``, [tokens, kv_heads, head_dim], at ``slots``, [tokens]."""

    def read(self, layer: int, block_ids: Tensor, *, rows: int = 1) -> tuple[Tensor, Tensor]:
        """Keys and values of ``rows`` tables of equal length, each [rows, tokens, kv_heads, head_dim]."""

    def copy(self, copies: Iterable[Copy]) -> None:
        """Copy whole blocks in all layers, in order."""

    @property
    def token_bytes(self) -> int:
        """What one position costs, over all layers."""


class KVStorage:
    """In the dtype the network computes in."""

    def __init__(
        self,
        *,
        num_layers: int,
        num_blocks: int,
        block_size: int,
        kv_heads: int,
        head_dim: int,
        dtype: torch.dtype,
        device: torch.device | str = "cpu",
    ) -> None:
        self._dtype = dtype
        shape = (num_blocks, block_size, 2, kv_heads, head_dim)  # keys and values side by side: one gather reads both
        self._layers = [self._zeros(shape, device) for _ in range(num_layers)]

    @property
    def token_bytes(self) -> int:
        return sum(kept[0, 0].nbytes for layer in self._layers for kept in layer)

    def write(self, layer: int, slots: Tensor, keys: Tensor, values: Tensor) -> None:
        (blocks,) = self._layers[layer]
        flat = blocks.flatten(0, 1)
        flat[:, 0].index_copy_(0, slots, keys)
        flat[:, 1].index_copy_(0, slots, values)

    def read(self, layer: int, block_ids: Tensor, *, rows: int = 1) -> tuple[Tensor, Tensor]:
        (blocks,) = self._layers[layer]
        both = blocks.index_select(0, block_ids)
        both = both.view(rows, -1, *both.shape[2:])
        return both[:, :, 0], both[:, :, 1]

    def copy(self, copies: Iterable[Copy]) -> None:
        for source, target in copies:
            for layer in self._layers:
                for kept in layer:
                    kept[target] = kept[source]

    def _zeros(self, shape: tuple[int, ...], device: torch.device | str) -> tuple[Tensor, ...]:
        """What one layer keeps: tensors whose first dimensions are blocks and positions."""
        return (torch.zeros(shape, dtype=self._dtype, device=device),)
