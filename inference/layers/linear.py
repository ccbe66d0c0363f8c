"""A decoder's matrix products, packed once for the kernels that this machine runs fastest.

A decoded token reads every weight once, so a byte a weight is what makes it fast; words are looked up in a byte each
too, and where the head multiplies by the same ones they are held once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import torch
from torch import Tensor, nn

from inference import kernels
from inference.device import HAS_BF16
from inference.quant.packed import PackedLinear
from inference.quant.weight_only import RoundedWeight, WeightOnlyEmbedding, WeightOnlyLinear

Arithmetic = Literal["fp32", "bf16", "int8"]

DTYPES = {  # of what is not packed
    "fp32": torch.float32,
    "bf16": torch.bfloat16,
    "int8": torch.bfloat16 if HAS_BF16 else torch.float32,
}


class PackedProduct(nn.Module):
    """Stands where an `nn.Linear` stood; its weights are no parameters any more."""

    def __init__(self, product: PackedLinear | WeightOnlyLinear) -> None:
        super().__init__()
        self._product = product

    @property
    def int8(self) -> kernels.Product:
        """What the compiled loops multiply by, of weights in INT8."""
        assert isinstance(self._product, WeightOnlyLinear)
        return self._product.product

    def forward(self, hidden: Tensor) -> Tensor:
        return self._product(hidden)


def choose_arithmetic(wanted: Literal["auto"] | Arithmetic, *, is_cpu: bool = True) -> Arithmetic:
    """What was asked for, where the device has it; auto is INT8 on the processor, and bf16 elsewhere."""
    if not is_cpu:
        return "fp32" if wanted == "fp32" else "bf16"
    if wanted == "bf16" and not HAS_BF16:
        return "fp32"
    return "int8" if wanted == "auto" else wanted


def pack(model: nn.Module, arithmetic: Arithmetic, *, int8_inputs: bool = False, int8_prompts: bool = False) -> None:
    """Replace every `nn.Linear` below ``model``, one at a time, so that hardly anything is held twice.

    In INT8 its words too; with ``int8_inputs`` products of few rows round what goes in, with ``int8_prompts`` those of
    many rows.
    """
    words: list[tuple[Tensor, RoundedWeight]] = []
    dtype = DTYPES[arithmetic]
    if arithmetic == "int8":
        for parent, name, child in _children(model, nn.Embedding):
            words.append((child.weight, RoundedWeight.of(child.weight)))
            setattr(parent, name, WeightOnlyEmbedding(words[-1][1], dtype=dtype))
    for parent, name, child in _children(model, nn.Linear):
        weight, bias = child.weight, child.bias
        bias = torch.zeros(len(weight), dtype=weight.dtype) if bias is None else bias
        if arithmetic == "int8":
            rounded = next((known for own, known in words if own is weight), None) or RoundedWeight.of(weight)
            product = WeightOnlyLinear(rounded, bias, dtype=dtype, int8_inputs=int8_inputs, int8_prompts=int8_prompts)
            setattr(parent, name, PackedProduct(product))
        else:
            setattr(parent, name, PackedProduct(PackedLinear(weight, bias, dtype=dtype)))


def _children(module: nn.Module, kind: type[nn.Module]) -> Iterator[tuple[nn.Module, str, Any]]:
    """Every module of ``kind`` below, with its parent and its name there. Any: one of that kind."""
    for name, child in list(module.named_children()):
        if isinstance(child, kind):
            yield module, name, child
        else:
            yield from _children(child, kind)
