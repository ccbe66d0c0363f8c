"""INT8 weights in a safetensors file, beside what is needed to run them or to undo them.

``X.weight`` [outputs, inputs] is int8; ``X.weight_scale`` [outputs] and ``X.input_step`` [inputs], or [1] for
all inputs, are float32, and ``X.input_zero`` [1] is there where nothing is not the middle step. The weight is
``rounded * weight_scale[:, None] / input_step``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor

from .static import LayerSteps

SCALE, STEP, ZERO = ".weight_scale", ".input_step", ".input_zero"
_LAYER = re.compile(r"(?:^|\.)encoder\.layer\.(\d+)\.attention\.self\.query\.input_step$")


def restored(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights as numbers, by the same names; what was not rounded passes through."""
    found = {name: tensor for name, tensor in stored.items() if not name.endswith((SCALE, STEP, ZERO))}
    for name in [name for name in stored if name.endswith(SCALE)]:
        stem = name.removesuffix(SCALE)
        found[f"{stem}.weight"] = stored[f"{stem}.weight"].float() * stored[name][:, None] / stored[stem + STEP]
    return found


def steps_of(stored: Mapping[str, Tensor]) -> dict[int, LayerSteps]:
    """The steps of each layer of a BERT that was so stored; empty when it was not."""
    return {
        int(match[1]): _of_layer(stored, name.removesuffix(f"attention.self.query{STEP}"))
        for name in stored
        if (match := _LAYER.search(name))
    }


def _of_layer(stored: Mapping[str, Tensor], layer: str) -> LayerSteps:
    return LayerSteps(
        project=stored[f"{layer}attention.self.query{STEP}"],
        output=stored[f"{layer}attention.output.dense{STEP}"],
        up=stored[f"{layer}intermediate.dense{STEP}"],
        middle=float(stored[f"{layer}output.dense{STEP}"]),
        middle_zero=int(stored[f"{layer}output.dense{ZERO}"]),
    )
