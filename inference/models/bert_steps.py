"""The steps of a calibrated BERT, out of the tensors of its checkpoint (`inference/weights/rounded.py`)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor

from inference.quant.static import LayerSteps
from inference.weights.rounded import STEP, ZERO

_LAYER = re.compile(r"(?:^|\.)encoder\.layer\.(\d+)\.attention\.self\.query\.input_step$")


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
