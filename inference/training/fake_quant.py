"""An encoder layer's products, rounded in the forward pass as `inference/quant/static.py` rounds them, and straight
through backwards.

Whole steps and whole weights up to 256 are exact in bfloat16, so a product costs what a plain one in
bfloat16 costs. The steps of the inputs learn with the weights (LSQ, Esser et al., 2020), as logarithms: they
stay positive and move by a share of themselves.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  # the field's own name for it
from torch import Tensor, nn

from inference.errors import ConfigError
from inference.quant.int8 import quantize_rows
from inference.quant.products import FeedWeights, LayerWeights, Product, Products
from inference.quant.static import LayerSteps

from .ranges import middle_zero

_HALF = 128


class RoundedLinear(nn.Module):
    """``inputs @ weight.T + bias`` for [tokens, inputs]; ``step`` is [inputs], or [1] for all of them."""

    def __init__(self, weight: Tensor, bias: Tensor, step: Tensor, *, after_gelu: bool = False) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(weight.detach().clone()), nn.Parameter(bias.detach().clone())
        self.log_step, self._after_gelu = nn.Parameter(step.log()), after_gelu

    @property
    def step(self) -> Tensor:
        return self.log_step.exp()

    def forward(self, inputs: Tensor) -> Tensor:
        step = self.step
        zero = middle_zero(float(step.detach())) if self._after_gelu else _HALF
        whole = _WholeSteps.apply(inputs, 1 / step, -zero, 2 * _HALF - 1 - zero)  # type: ignore[no-untyped-call]  # torch's
        rounded, scales = _WholeWeight.apply(self.weight * step)  # type: ignore[no-untyped-call]  # torch's
        found: Tensor = F.linear(whole, rounded) * scales + self.bias
        return found


class RoundedLayer(nn.Module):
    """The feed-forward of a calibrated layer, learning; the products around attention stay in bfloat16, as they are.

    They are a third of a layer's products, and rounded they move its vectors half as far again (benchmarks/LOG.md).
    """

    def __init__(self, weights: LayerWeights) -> None:
        super().__init__()
        if (steps := weights.steps) is None:
            raise ConfigError("a layer is calibrated before it learns to bear rounding")
        self.up = RoundedLinear(weights.up, weights.up_bias, steps.up)
        self.down = RoundedLinear(weights.down, weights.down_bias, torch.tensor([steps.middle]), after_gelu=True)
        self._plain = weights

    def products(self) -> Products:
        """What the layer runs; unpacked, since gradients do not go through packed products."""
        plain = self._plain
        return Products(
            project=_in_bfloat16(plain.project, plain.project_bias),
            output=_in_bfloat16(plain.output, plain.output_bias),
            feed=lambda hidden: self.down(F.gelu(self.up(hidden))),
        )

    def feed(self) -> FeedWeights:
        """What was learnt so far."""
        middle = float(self.down.step.detach())
        return FeedWeights(
            up=self.up.weight.detach(),
            up_bias=self.up.bias.detach(),
            down=self.down.weight.detach(),
            down_bias=self.down.bias.detach(),
            steps=LayerSteps(up=self.up.step.detach(), middle=middle, middle_zero=middle_zero(middle)),
        )


def _in_bfloat16(weight: Tensor, bias: Tensor) -> Product:
    narrow, narrow_bias = weight.detach().bfloat16(), bias.detach().bfloat16()
    return lambda inputs: F.linear(inputs.bfloat16(), narrow, narrow_bias)


class _WholeSteps(torch.autograd.Function):
    """Inputs counted in steps, between ``low`` and ``high``; what is cut off has no gradient."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, per_step: Tensor, low: int, high: int) -> Tensor:  # Any: torch's context
        counted = (inputs * per_step).round_()
        whole = counted.clamp(low, high)
        ctx.save_for_backward(inputs, per_step, whole == counted)
        return whole.bfloat16()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None, None]:
        inputs, per_step, is_within = ctx.saved_tensors
        kept = gradient * is_within
        by_channel = (kept * inputs).sum(0, dtype=torch.float32)
        return kept * per_step, by_channel if len(per_step) > 1 else by_channel.sum().view(1), None, None


class _WholeWeight(torch.autograd.Function):
    """A weight [outputs, inputs] in whole numbers, and the scale of each output, which is taken as given."""

    @staticmethod
    def forward(ctx: Any, weight: Tensor) -> tuple[Tensor, Tensor]:  # Any: torch's context
        rounded, scales = quantize_rows(weight)
        ctx.save_for_backward(scales)
        ctx.mark_non_differentiable(scales)
        return rounded.bfloat16(), scales

    @staticmethod
    def backward(ctx: Any, gradient: Tensor, _: Tensor) -> Tensor:
        scales: Tensor = ctx.saved_tensors[0]
        return gradient / scales[:, None]
