"""The matrix products of an encoder layer, in one arithmetic or another, behind one shape.

A layer asks for three: into queries, keys and values; out of attention; through the
feed-forward. What is fused, packed or rounded inside them is nobody else's concern.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import torch
import torch.nn.functional as F  # noqa: N812  # the field's own name for it
from torch import Tensor

from inference.device import HAS_BF16
from inference.errors import ConfigError

from .int8 import Int8Linear
from .packed import PackedLinear
from .static import LayerSteps, StaticFeed, StaticLinear

_NARROWEST = torch.bfloat16 if HAS_BF16 else torch.float32
Product = Callable[[Tensor], Tensor]  # [tokens, inputs] → [tokens, outputs]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedWeights:
    """A feed-forward that was trained for static INT8, float32; it may be wider than that of the layer it is for."""

    up: Tensor
    up_bias: Tensor
    down: Tensor
    down_bias: Tensor
    steps: LayerSteps


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerWeights:
    """An encoder layer's weights [outputs, inputs] and biases [outputs], float32; its steps, where they are known."""

    project: Tensor
    project_bias: Tensor
    output: Tensor
    output_bias: Tensor
    up: Tensor
    up_bias: Tensor
    down: Tensor
    down_bias: Tensor
    steps: LayerSteps | None = None

    def with_feed(self, feed: FeedWeights) -> LayerWeights:
        """The layer with another feed-forward; the products around attention know no steps then."""
        return replace(
            self, up=feed.up, up_bias=feed.up_bias, down=feed.down, down_bias=feed.down_bias, steps=feed.steps
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How large each input channel [inputs] of a layer's INT8 products runs."""

    project: Tensor
    up: Tensor

    @classmethod
    def nothing(cls, size: int) -> Self:
        return cls(project=torch.zeros(size), up=torch.zeros(size))


@dataclass(frozen=True, slots=True, kw_only=True)
class Products:
    """The products a layer runs; ``feed`` is up, GELU and down."""

    project: Product
    output: Product
    feed: Product

    @classmethod
    def packed(cls, weights: LayerWeights, dtype: torch.dtype) -> Self:
        """All of them in ``dtype``, fp32 or bf16."""
        up = PackedLinear(weights.up, weights.up_bias, dtype=dtype, gelu=True)
        down = PackedLinear(weights.down, weights.down_bias, dtype=dtype)
        return cls(
            project=PackedLinear(weights.project, weights.project_bias, dtype=dtype),
            output=PackedLinear(weights.output, weights.output_bias, dtype=dtype),
            feed=lambda hidden: down(up(hidden)),
        )

    @classmethod
    def int8(cls, weights: LayerWeights, reach: Reach) -> Self:
        """INT8 behind the norms, where easing makes a token's channels of like size; bf16 for the rest.

        What GELU lets through has channels of twenty times the median: in INT8 it loses one or two of a
        hundred nearest neighbours; attention's own product is too narrow to win back the rounding.
        """
        up = Int8Linear(weights.up, weights.up_bias, reach=reach.up)
        down = PackedLinear(weights.down, weights.down_bias, dtype=torch.bfloat16)
        return cls(
            project=Int8Linear(weights.project, weights.project_bias, reach=reach.project),
            output=PackedLinear(weights.output, weights.output_bias, dtype=torch.bfloat16),
            feed=lambda hidden: down(F.gelu(up(hidden))),
        )

    @classmethod
    def static(cls, weights: LayerWeights) -> Self:
        """In INT8 whatever has steps that were measured beforehand; attention itself is bf16, where that is fast."""
        if (steps := weights.steps) is None:
            raise ConfigError("these weights were not calibrated for static INT8")
        return cls(
            project=_by_steps(weights.project, weights.project_bias, steps.project, dtype=_NARROWEST),
            output=_by_steps(weights.output, weights.output_bias, steps.output, dtype=torch.float32),
            feed=StaticFeed(weights.up, weights.up_bias, weights.down, weights.down_bias, steps),
        )

    def watched(self, reach: Reach) -> Products:
        """The same products, which note in ``reach`` how large their inputs run."""

        def watch(product: Product, largest: Tensor) -> Product:
            def seen(inputs: Tensor) -> Tensor:
                torch.maximum(largest, inputs.abs().amax(0), out=largest)
                return product(inputs)

            return seen

        return Products(project=watch(self.project, reach.project), output=self.output, feed=watch(self.feed, reach.up))


def _by_steps(weight: Tensor, bias: Tensor, step: Tensor | None, *, dtype: torch.dtype) -> Product:
    if step is None:
        return PackedLinear(weight, bias, dtype=_NARROWEST)
    return StaticLinear(weight, bias, step, dtype=dtype)
