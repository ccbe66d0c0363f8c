"""Root mean square norm (Zhang and Sennrich, 2019), summed in fp32 whatever comes in."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class RMSNorm(nn.Module):
    """Over the last dimension."""

    def __init__(self, size: int, *, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(size))
        self.eps = eps

    def forward(self, hidden: Tensor) -> Tensor:
        return torch.rms_norm(hidden, self.weight.shape, self.weight, self.eps)
