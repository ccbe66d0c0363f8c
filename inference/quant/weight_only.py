"""Weights in a byte each, inputs as they are or in a byte too (weight-only quantization; llama.cpp's Q8_0).

Few rows are the memory's affair: the byte is widened in registers, or multiplied by bytes where the processor can,
inputs rounded by groups (inference/kernels/). Many rows are the processor's: weights are widened some at a time to
the dtype it multiplies fastest in, so nothing is held twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import torch
import torch.nn.functional as F  # noqa: N812  # the field's own name for it
from torch import Tensor, nn

from inference import kernels
from inference.arrays import share_threads

from .int8 import Int8Linear

FEW_ROWS = 24  # up to which widening in registers is the faster (benchmarks/LOG.md)
_WIDENED = 4_000_000  # weights at once: what is written is multiplied before it leaves the processor's cache
_LARGEST = 127.0


@dataclass(frozen=True, slots=True)
class RoundedWeight:
    """``weight`` [outputs, inputs] int8, and a scale [outputs] each, float32 with the mantissa of bfloat16."""

    weight: Tensor
    scales: Tensor

    @classmethod
    def of(cls, weight: Tensor) -> Self:
        """To the nearest; scales are rounded up, so that products in bfloat16 multiply by them exactly."""
        weight = weight.detach()
        largest = weight.abs().amax(1, keepdim=True).float().clamp_(min=1e-12)
        scales = (largest * ((1 + 2**-7) / _LARGEST)).bfloat16().float()
        return cls(torch.div(weight, scales).round_().clamp_(-_LARGEST, _LARGEST).to(torch.int8), scales.flatten())


class WeightOnlyLinear:
    """``inputs @ weight.T + bias`` for [tokens, inputs]; returns [tokens, outputs] in ``dtype``."""

    def __init__(
        self,
        rounded: RoundedWeight,
        bias: Tensor,
        *,
        dtype: torch.dtype,
        int8_inputs: bool = False,
        int8_prompts: bool = False,
    ) -> None:
        """``int8_inputs`` is of few rows, where that pays; ``int8_prompts`` of many, with weights held once more."""
        self._weight, self._scales, self._dtype = rounded.weight, rounded.scales.to(dtype), dtype
        self._bias = bias.detach().to(dtype)
        self.product = kernels.Product(
            weight=rounded.weight.numpy(),
            scales=rounded.scales.numpy(),
            bias=bias.detach().float().numpy(),
            rounds_inputs=int8_inputs and kernels.MULTIPLIES_BYTES and rounded.weight.shape[1] % kernels.GROUP == 0,
        )
        self._int8 = Int8Linear(rounded.weight * rounded.scales[:, None], bias) if int8_prompts else None

    def __call__(self, inputs: Tensor) -> Tensor:
        if len(inputs) <= FEW_ROWS:
            out = torch.empty(len(inputs), len(self._weight))
            share_threads()
            kernels.multiply(self.product, inputs.float().contiguous().numpy(), out.numpy())
            return out.to(self._dtype)
        if self._int8:
            return self._int8(inputs).to(self._dtype)
        at_once = max(1, _WIDENED // self._weight.shape[1])
        parts = [F.linear(inputs.to(self._dtype), some.to(self._dtype)) for some in torch.split(self._weight, at_once)]
        return torch.addcmul(self._bias, torch.cat(parts, 1) if len(parts) > 1 else parts[0], self._scales)


class WeightOnlyEmbedding(nn.Module):
    """Stands where an `nn.Embedding` stood: [tokens] int64 → [tokens, size] in ``dtype``."""

    def __init__(self, rounded: RoundedWeight, *, dtype: torch.dtype) -> None:
        super().__init__()
        self.rounded, self._dtype = rounded, dtype

    def forward(self, ids: Tensor) -> Tensor:
        return (self.rounded.weight[ids] * self.rounded.scales[ids, None]).to(self._dtype)
