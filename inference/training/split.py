"""Channels of a feed-forward that run further than a step of INT8 may reach are continued in channels of their own.

A few channels, on a few tokens, run to twenty times what GELU lets through elsewhere. A step that reached them would
be too coarse for all others, and cutting them off is worse. Since GELU of a large value is the value, and the
rounded product stops at its largest step by itself, a copy of the channel whose bias is lower by that limit goes on
where the first one stops; the copy's column of the second product is the first one's.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from inference.quant.products import LayerWeights


def limit_for(reach: Tensor, *, copies: int) -> float:
    """The lowest limit at which so many more channels hold all that runs further; ``reach`` [channels]."""
    low, high = 0.1, float(reach.max())
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if int(_copies_of(reach, middle).sum()) > copies else (low, middle)
    return high


def split(weights: LayerWeights, reach: Tensor, *, limit: float, copies: int) -> LayerWeights:
    """The layer with ``copies`` channels more; those that nothing needs are of zeros, so that widths stay even."""
    numbers = _copies_of(reach, limit)
    sources = torch.repeat_interleave(torch.arange(len(reach)), numbers)
    nth = torch.arange(len(sources)) - (numbers.cumsum(0) - numbers)[sources] + 1  # of its channel's copies
    spare = copies - len(sources)
    up, down = weights.up[sources], weights.down[:, sources]
    return replace(
        weights,
        up=torch.cat([weights.up, up, up.new_zeros(spare, up.shape[1])]),
        up_bias=torch.cat([weights.up_bias, weights.up_bias[sources] - limit * nth, weights.up_bias.new_zeros(spare)]),
        down=torch.cat([weights.down, down, down.new_zeros(len(down), spare)], dim=1),
    )


def _copies_of(reach: Tensor, limit: float) -> Tensor:
    """How many more channels each one needs."""
    return (reach / limit).ceil().long().sub(1).clamp(min=0)
