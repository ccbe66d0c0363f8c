"""Attention among the tokens of each row, for encoders: every token looks at its whole row, and at no other.

On the processor two batched products, and one compiled pass before, between and behind them, which leave padding out
(inference/kernels/); long rows in fp32, where such products are slow, other devices, and training, since
gradients do not go through a compiled pass, go through torch's fused kernel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  # the field's own name for it
from numpy.typing import NDArray
from torch import Tensor

from inference import kernels
from inference.arrays import as_array, is_compiled, share_threads
from inference.request import Row

_CPU = torch.device("cpu")
_SHORT = 96  # tokens a row up to which two products beat the fused kernel in fp32


@dataclass(frozen=True)
class Places:
    """Where packed tokens stand once their rows are laid side by side."""

    lengths: NDArray[np.int64]  # [rows]
    longest: int
    device: torch.device = _CPU

    @classmethod
    def of(cls, lengths: list[int]) -> Places:
        return cls(np.array(lengths), max(lengths))

    @property
    def num_rows(self) -> int:
        return len(self.lengths)

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """Each row's first token, [rows]."""
        return np.cumsum(self.lengths) - self.lengths

    @cached_property
    def padding(self) -> Padding | None:
        """None when the rows are of one length, and the two orders one."""
        if self.lengths.min() == self.longest:
            return None
        columns = torch.arange(self.longest)
        real = columns < torch.from_numpy(self.lengths)[:, None]  # [rows, longest]
        return Padding(
            spread=(real.flatten().cumsum(0) - 1).clamp_(min=0).to(self.device),  # it repeats the token before it
            gather=real.flatten().nonzero().squeeze(1).to(self.device),
            mask=torch.zeros(real.shape).masked_fill_(~real, float("-inf")).to(self.device),
        )

    def to(self, device: torch.device) -> Places:
        return self if self.device.type == device.type else Places(self.lengths, self.longest, device)


@dataclass(frozen=True, slots=True)
class Padding:
    """``spread`` [rows * longest] and ``gather`` [tokens] are indices between packed and padded order; ``mask``
    [rows, longest] is 0 for a token and minus infinity for padding."""

    spread: Tensor
    gather: Tensor
    mask: Tensor


@dataclass(frozen=True, slots=True)
class PackedRows:
    """Rows of token ids, one after the other: ``ids``, ``types``, ``positions`` and ``row_of`` are [tokens] int64."""

    ids: Tensor
    types: Tensor
    positions: Tensor
    row_of: Tensor
    starts: Tensor  # [rows]
    places: Places

    @classmethod
    def of(cls, rows: Sequence[Row]) -> PackedRows:
        lengths = np.array([len(row) for row in rows])
        starts = np.cumsum(lengths) - lengths
        row_of = np.repeat(np.arange(len(rows)), lengths)
        positions = np.arange(len(row_of)) - starts[row_of]
        second_from = np.array([row.second_from for row in rows])
        return cls(
            ids=torch.from_numpy(np.fromiter(chain.from_iterable(row.ids for row in rows), np.int64, len(row_of))),
            types=torch.from_numpy((positions >= second_from[row_of]).astype(np.int64)),
            positions=torch.from_numpy(positions),
            row_of=torch.from_numpy(row_of),
            starts=torch.from_numpy(starts),
            places=Places.of(lengths.tolist()),
        )

    def to(self, device: torch.device) -> PackedRows:
        if self.ids.device.type == device.type:
            return self
        return PackedRows(
            ids=self.ids.to(device),
            types=self.types.to(device),
            positions=self.positions.to(device),
            row_of=self.row_of.to(device),
            starts=self.starts.to(device),
            places=self.places.to(device),
        )


def attend(projected: Tensor, places: Places, *, num_heads: int) -> Tensor:
    """``projected`` [tokens, 3 * size] holds queries (already scaled), keys, values; returns [tokens, size]."""
    if is_compiled(projected) and (projected.dtype == torch.bfloat16 or places.longest <= _SHORT):
        return _attend_by_loops(projected, places, num_heads=num_heads)
    rows, longest = places.num_rows, places.longest
    head_dim = projected.shape[1] // (3 * num_heads)
    padding = places.padding
    padded = projected if padding is None else projected.index_select(0, padding.spread)
    queries, keys, values = padded.view(rows, longest, 3, num_heads, head_dim).permute(2, 0, 3, 1, 4)
    mask = None if padding is None else padding.mask[:, None, None].to(projected.dtype)
    mixed = F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask, scale=1.0)
    mixed = mixed.transpose(1, 2).reshape(rows * longest, num_heads * head_dim)
    return mixed if padding is None else mixed.index_select(0, padding.gather)


def _attend_by_loops(projected: Tensor, places: Places, *, num_heads: int) -> Tensor:
    share_threads()
    queries, keys, values = _side_by_side(projected, places, num_heads)
    scores = torch.bmm(queries, keys.transpose(1, 2))  # [matrices, longest, longest]
    kernels.attention_weights(as_array(scores), places.lengths.repeat(num_heads))
    mixed = torch.bmm(scores, values)
    if places.num_rows == 1:
        return mixed.transpose(0, 1).reshape(places.longest, -1)
    out = projected.new_empty(projected.shape[0], projected.shape[1] // 3)
    kernels.pack(as_array(mixed), places.starts, places.lengths, as_array(out))
    return out


def _side_by_side(projected: Tensor, places: Places, num_heads: int) -> Tensor:
    """[3, matrices, longest, head_dim], a matrix for each row and head; one row alone is there already."""
    rows, longest, head_dim = places.num_rows, places.longest, projected.shape[1] // (3 * num_heads)
    if rows == 1:
        return projected.view(longest, 3, num_heads, head_dim).permute(1, 2, 0, 3).contiguous()
    parts = projected.new_empty(3, rows * num_heads, longest, head_dim)
    kernels.lay_side_by_side(as_array(projected), places.starts, places.lengths, as_array(parts))
    return parts
