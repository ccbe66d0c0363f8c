"""A decoder's matrix products, packed once for the kernels that this machine runs fastest.

A decoded token reads every weight once, so INT8 pays where a product is large; in a
small one, rounding the input costs more than reading the weights saves, and it stays in
bfloat16 (measured: benchmarks/decoding.py, and the crossover in benchmarks/LOG.md).
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from inference.quant.int8 import Int8Linear, is_exact
from inference.quant.packed import PackedLinear

Arithmetic = Literal["fp32", "bf16", "int8"]

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "int8": torch.bfloat16}  # of what is not packed
_LARGE = 1_500_000  # weights from which INT8 pays for a single token


class PackedProduct(nn.Module):
    """Stands where an `nn.Linear` stood; its weights are no parameters any more."""

    def __init__(self, linear: nn.Linear, arithmetic: Arithmetic) -> None:
        super().__init__()
        weight, bias = linear.weight, linear.bias
        given = torch.zeros(len(weight), dtype=weight.dtype) if bias is None else bias
        if arithmetic == "int8" and weight.numel() >= _LARGE:
            self._product: Int8Linear | PackedLinear = Int8Linear(weight.float(), given)
        else:
            self._product = PackedLinear(weight, given, dtype=DTYPES[arithmetic])

    def forward(self, hidden: Tensor) -> Tensor:
        return self._product(hidden)


def choose_arithmetic(wanted: Literal["auto"] | Arithmetic, *, is_cpu: bool = True) -> Arithmetic:
    """What was asked for, where the device has it: INT8 gives way to bf16, and that to fp32."""
    has_bf16 = not is_cpu or (torch._C._has_mkldnn and torch.ops.mkldnn._is_mkldnn_bf16_supported())
    if wanted == "int8" and is_cpu and is_exact():
        return "int8"
    return "bf16" if wanted == "bf16" or (wanted != "fp32" and has_bf16) else "fp32"


def pack(module: nn.Module, arithmetic: Arithmetic) -> None:
    """Replace every `nn.Linear` below ``module``, one at a time, so that no more than one is held twice."""
    for name, child in list(module.named_children()):
        if isinstance(child, nn.Linear):
            setattr(module, name, PackedProduct(child, arithmetic))
        else:
            pack(child, arithmetic)
