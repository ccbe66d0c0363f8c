"""INT8 products whose inputs' range is known beforehand (static quantization, Jacob et al., 2018).

A calibrated layer rounds an input with one multiplication a channel, and what GELU lets through
leaves one product rounded and enters the next so. Half the time of rounding each token by its own
largest channel, at the price of cutting off what runs larger than anything seen: right for logits
that are compared with each other; vectors, whose tenth neighbour counts, would need weights trained for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from inference import kernels
from inference.arrays import as_array, share_threads

from .int8 import largest_exact, quantize_rows

_ZERO = 128  # oneDNN's fast kernels take unsigned inputs
_EXPECTED_TOKENS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSteps:
    """What one step of rounding is worth in each input channel [inputs] of a layer's products, float32.

    ``middle`` is the step of what GELU lets through, the same in all channels, and
    ``middle_zero`` the step that stands for nothing. A product without steps stays in bfloat16.
    """

    up: Tensor
    middle: float
    middle_zero: int
    project: Tensor | None = None
    output: Tensor | None = None


class StaticLinear:
    """``inputs @ weight.T + bias`` for [tokens, inputs]; returns [tokens, outputs] in ``dtype``."""

    def __init__(self, weight: Tensor, bias: Tensor, step: Tensor, *, dtype: torch.dtype) -> None:
        self._per_step = 1 / step.detach()
        self._product = _Product(weight.detach() * step.detach(), bias, zero=_ZERO, dtype=dtype)

    def __call__(self, inputs: Tensor) -> Tensor:
        return self._product(_steps(inputs, self._per_step))


class StaticFeed:
    """Up, exact GELU, down, for [tokens, size] float; returns the same shape, float32."""

    def __init__(self, up: Tensor, up_bias: Tensor, down: Tensor, down_bias: Tensor, steps: LayerSteps) -> None:
        self._per_step = 1 / steps.up
        self._up = _Product(up.detach() * steps.up, up_bias, zero=_ZERO, gelu_to=(steps.middle, steps.middle_zero))
        self._down = _Product(down.detach() * steps.middle, down_bias, zero=steps.middle_zero, dtype=torch.float32)

    def __call__(self, hidden: Tensor) -> Tensor:
        return self._down(self._up(_steps(hidden, self._per_step)))


class _Product:
    """Whole steps, uint8 with ``zero`` for nothing, times weights rounded per output, as far as is exact."""

    def __init__(
        self,
        weight: Tensor,
        bias: Tensor,
        *,
        zero: int,
        dtype: torch.dtype = torch.uint8,
        gelu_to: tuple[float, int] | None = None,
    ) -> None:
        rounded, self._scales = quantize_rows(weight, largest=largest_exact())
        self._weight = torch.ops.onednn.qlinear_prepack(rounded, [_EXPECTED_TOKENS, weight.shape[1]])
        self._zeros = torch.zeros(len(rounded), dtype=torch.int32)
        self._bias, self._zero = bias.detach().float(), zero
        self._out_step, self._out_zero = gelu_to or (1.0, 0)
        self._dtype = dtype
        self._after: tuple[str, list[float], str] = ("gelu", [], "none") if gelu_to else ("none", [], "")

    def __call__(self, inputs: Tensor) -> Tensor:
        product: Tensor = torch.ops.onednn.qlinear_pointwise(
            *(inputs, 1.0, self._zero, self._weight, self._scales, self._zeros, self._bias),
            *(self._out_step, self._out_zero, self._dtype, *self._after),
        )
        return product


def _steps(inputs: Tensor, per_step: Tensor) -> Tensor:
    """Rounded to whole steps from -128 to 127, as uint8 around ``_ZERO``."""
    counted = torch.empty(inputs.shape, dtype=torch.uint8)
    share_threads()
    kernels.count_steps(as_array(inputs), as_array(per_step), _ZERO, as_array(counted))
    return counted
