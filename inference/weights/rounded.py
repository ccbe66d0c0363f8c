"""INT8 weights in a safetensors file, beside what is needed to run them or to undo them.

``X.weight`` [outputs, inputs] is int8; ``X.weight_scale`` [outputs] and ``X.input_step`` [inputs], or [1] for
all inputs, are float32, and ``X.input_zero`` [1] is there where nothing is not the middle step. The weight is
``rounded * weight_scale[:, None] / input_step``.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

SCALE, STEP, ZERO = ".weight_scale", ".input_step", ".input_zero"


def restored(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights as numbers, by the same names; what was not rounded passes through."""
    found = {name: tensor for name, tensor in stored.items() if not name.endswith((SCALE, STEP, ZERO))}
    for name in [name for name in stored if name.endswith(SCALE)]:
        stem = name.removesuffix(SCALE)
        found[f"{stem}.weight"] = stored[f"{stem}.weight"].float() * stored[name][:, None] / stored[stem + STEP]
    return found
