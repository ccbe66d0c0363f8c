"""SwiGLU (Shazeer, 2020): gate and up in one product, then down."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812  # the field's own name for it
from torch import Tensor, nn


class GatedMLP(nn.Module):
    """``gate_up`` holds the gate's rows first."""

    def __init__(self, size: int, inner: int, *, bias: bool) -> None:
        super().__init__()
        self.gate_up = nn.Linear(size, 2 * inner, bias=bias)
        self.down = nn.Linear(inner, size, bias=bias)

    def forward(self, hidden: Tensor) -> Tensor:
        gate, up = self.gate_up(hidden).chunk(2, -1)
        out: Tensor = self.down(F.silu(gate).mul_(up))
        return out
