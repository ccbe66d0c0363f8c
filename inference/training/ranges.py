"""How far the inputs of an encoder's feed-forward run on texts of all kinds, and the INT8 steps that reach so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F  # noqa: N812  # the field's own name for it
from torch import Tensor

from inference.models.bert import BertEncoder
from inference.models.row_attention import PackedRows
from inference.quant.products import LayerWeights, Products
from inference.quant.static import LayerSteps

from .quantize import LEAST, eased_step

_SHARE = 0.8  # an even share leaves vectors twice as far from the plain ones (benchmarks/LOG.md)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranges:
    """The largest magnitude in each input channel of a feed-forward's first product, ``up``; the largest value in each
    of its second's, ``down``."""

    up: Tensor
    down: Tensor

    @classmethod
    def nothing(cls, weights: LayerWeights) -> Ranges:
        return cls(up=torch.zeros(weights.up.shape[1]), down=torch.zeros(weights.down.shape[1]))

    def watched(self, weights: LayerWeights) -> Products:
        """The plain products, whose inputs are noted here."""

        def feed(hidden: Tensor) -> Tensor:
            torch.maximum(self.up, hidden.abs().amax(0), out=self.up)
            middle = F.gelu(F.linear(hidden, weights.up, weights.up_bias))
            torch.maximum(self.down, middle.amax(0), out=self.down)
            return F.linear(middle, weights.down, weights.down_bias)

        return replace(Products.packed(weights, torch.float32), feed=feed)


def ranges_of(encoder: BertEncoder, batches: Iterable[PackedRows]) -> list[Ranges]:
    """The layers' ranges on these texts, in fp32; the encoder is left arranged so."""
    layers = [block.weights() for block in encoder.blocks]
    found = [Ranges.nothing(weights) for weights in layers]
    encoder.arrange(lambda number, weights: found[number].watched(weights))
    with torch.inference_mode():
        for rows in batches:
            encoder(rows)
    return found


def with_steps(weights: LayerWeights, ranges: Ranges, *, limit: float) -> LayerWeights:
    """The layer calibrated: eased steps that reach all that was seen; what GELU lets through, up to ``limit``."""
    middle = (limit - LEAST) / 255
    up = eased_step(weights.up, ranges.up, share=_SHARE)
    return replace(weights, steps=LayerSteps(up=up, middle=middle, middle_zero=middle_zero(middle)))


def middle_zero(step: float) -> int:
    """The whole step that stands for nothing, where GELU's own lowest value still has one."""
    return round(-LEAST / step)
