"""A layer's input and what the layer adds to it, summed and normalised: one compiled pass on the processor."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from inference import kernels
from inference.arrays import as_array, is_compiled, share_threads


def add_and_normalize(hidden: Tensor, added: Tensor, norm: nn.LayerNorm) -> Tensor:
    """``norm`` of the sum [tokens, size], float32 as ``hidden``; ``added`` may be bfloat16."""
    if not is_compiled(hidden, added):
        normed: Tensor = norm(hidden + added)
        return normed
    out = torch.empty_like(hidden)
    share_threads()
    kernels.add_and_normalize(
        *(as_array(hidden), as_array(added), as_array(norm.weight), as_array(norm.bias)), norm.eps, as_array(out)
    )
    return out
