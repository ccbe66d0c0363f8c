"""A linear layer whose weights are packed once for oneDNN, in fp32 or bf16, GELU fused behind it.

oneDNN is asked because torch's own fp32 product goes to MKL, which leaves half of some
machines idle; where torch was built without it, or elsewhere than on the processor, the same
product runs unpacked.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  # the field's own name for it
from torch import Tensor

from inference.device import HAS_BF16

_EXPECTED_TOKENS = 256  # the height that the packing is laid out for; any other height runs too


class PackedLinear:
    """``inputs @ weight.T + bias``, then exact GELU when asked for; gives [tokens, outputs] in ``dtype``."""

    def __init__(self, weight: Tensor, bias: Tensor, *, dtype: torch.dtype, gelu: bool = False) -> None:
        self.dtype, self._gelu = dtype, gelu
        self._bias = bias.detach().to(dtype)
        weight = weight.detach().to(dtype)
        self._is_packed = torch._C._has_mkldnn and weight.device.type == "cpu" and (dtype != torch.bfloat16 or HAS_BF16)
        self._weight = torch.ops.mkldnn._reorder_linear_weight(weight, _EXPECTED_TOKENS) if self._is_packed else weight

    def __call__(self, inputs: Tensor) -> Tensor:
        inputs = inputs.to(self.dtype)
        if self._is_packed:
            after, how = ("gelu", "none") if self._gelu else ("none", "")
            product: Tensor = torch.ops.mkldnn._linear_pointwise(inputs, self._weight, self._bias, after, [], how)
            return product
        product = F.linear(inputs, self._weight, self._bias)
        return F.gelu(product) if self._gelu else product
