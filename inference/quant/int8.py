"""INT8 products: weights rounded per output channel, activations per token as they come.

A token's scale is its own, so a vector never depends on which rows share its step. Channels
that run large are eased before rounding, and their weights made up for it (SmoothQuant, Xiao et
al., 2022).
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor

_ZERO = 128  # oneDNN's fast kernels take unsigned inputs
_EXPECTED_TOKENS = 256
_LARGEST = 127.0
_STEP_UP = 1 + 2**-7  # bf16 rounds a scale down by less than this


class Int8Linear:
    """``inputs @ weight.T + bias`` for [tokens, inputs]; returns [tokens, outputs] bf16.

    ``reach`` [inputs] says how large each input channel runs; None: all alike.
    """

    def __init__(self, weight: Tensor, bias: Tensor, *, reach: Tensor | None = None) -> None:
        weight = weight.detach()
        self._ease: Tensor | None = None
        if reach is not None:
            ease = (weight.abs().amax(0).clamp(min=1e-4) / reach.detach().clamp(min=1e-4)).sqrt()
            weight, self._ease = weight / ease, ease
        rounded, self._scales = quantize_rows(weight)
        self._weight = torch.ops.onednn.qlinear_prepack(rounded, [_EXPECTED_TOKENS, weight.shape[1]])
        self._zeros = torch.zeros(len(rounded), dtype=torch.int32)
        self._bias = bias.detach().to(torch.bfloat16)

    def __call__(self, inputs: Tensor) -> Tensor:
        eased = inputs.float() if self._ease is None else inputs * self._ease
        steps = (eased.abs().amax(1, keepdim=True) * (_STEP_UP / _LARGEST)).bfloat16().clamp_(min=1e-20)
        rounded = (eased / steps.float()).round_().to(torch.int8).view(torch.uint8).bitwise_xor_(_ZERO)  # s8 → u8
        product = torch.ops.onednn.qlinear_pointwise(
            *(rounded, 1.0, _ZERO, self._weight, self._scales, self._zeros, None),
            *(1.0, 0, torch.bfloat16, "none", [], ""),
        )
        return torch.addcmul(self._bias, product, steps)


def quantize_rows(weight: Tensor, *, largest: float = _LARGEST) -> tuple[Tensor, Tensor]:
    """[outputs, inputs] → int8 of the same shape from ``-largest`` to ``largest``, and a scale [outputs] a row."""
    scales = weight.abs().amax(1).clamp(min=1e-12) / largest
    return (weight / scales[:, None]).round().clamp(-largest, largest).to(torch.int8), scales


def is_exact() -> bool:
    """Whether this machine has the INT8 kernels and they add without overflow, whatever the weights."""
    return largest_exact() == _LARGEST


@functools.cache
def largest_exact() -> int:
    """The largest weight whose products this machine adds without overflow: 127, or 63, or 0 for no INT8 at all.

    Processors without VNNI add two products in 16 bits, where 2 · 255 · 127 saturates and 2 · 255 · 63 fits.
    """
    if not torch._C._has_mkldnn:
        return 0
    return next((largest for largest in (127, 63) if _adds_exactly(largest)), 0)


def _adds_exactly(largest: int) -> bool:
    inputs = torch.full((4, 64), 255, dtype=torch.uint8)
    weight = torch.full((16, 64), largest, dtype=torch.int8)
    product = torch.ops.onednn.qlinear_pointwise(
        *(inputs, 1.0, 0, torch.ops.onednn.qlinear_prepack(weight, [4, 64]), torch.ones(16)),
        *(torch.zeros(16, dtype=torch.int32), None, 1.0, 0, torch.float32, "none", [], ""),
    )
    return bool((product == 255 * largest * 64).all())
