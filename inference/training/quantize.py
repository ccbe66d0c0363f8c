"""A trained reader's products in INT8: weights rounded per output, and the step of every input, from passages it reads.

Channels that run large are eased and their weights made up for it (SmoothQuant, Xiao et al., 2022).
What GELU lets through has one step for all channels and a few values twenty times the usual: those
are cut off, since a step that reached them would be too coarse for the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from inference.quant.int8 import quantize_rows
from inference.weights.rounded import SCALE, STEP, ZERO

from .reading import Reader

EASED = (  # products of one input, whose channels' steps they share
    ("attention.self.query", "attention.self.key", "attention.self.value"),
    ("attention.output.dense",),
    ("intermediate.dense",),
)
DOWN = "output.dense"
_CUT = 1e-5  # the share of what GELU lets through that is cut off
LEAST = -0.17  # GELU's own lowest value
_SAMPLED = 7  # one in so many values tells the quantile as well


def quantized(reader: Reader, pairs: Sequence[tuple[str, str]]) -> dict[str, Tensor]:
    """The network's tensors by their names, its layers' products as `inference/weights/rounded.py` has them."""
    network = reader.model
    tensors = {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
    layers = [name for name, _ in network.named_modules() if name.rpartition(".")[0] == "bert.encoder.layer"]
    reach, largest = _seen(reader, pairs, layers)
    for layer in layers:
        for names in EASED:
            weight = torch.cat([tensors[f"{layer}.{name}.weight"] for name in names])
            step = eased_step(weight, reach[f"{layer}.{names[0]}"])
            for name in names:
                tensors |= rounded(f"{layer}.{name}", tensors[f"{layer}.{name}.weight"], step)
        middle = (largest[f"{layer}.{DOWN}"] - LEAST) / 255
        tensors |= rounded(f"{layer}.{DOWN}", tensors[f"{layer}.{DOWN}.weight"], torch.tensor([middle]))
        tensors[f"{layer}.{DOWN}{ZERO}"] = torch.tensor([round(-LEAST / middle)], dtype=torch.int32)
    return tensors


def _seen(
    reader: Reader, pairs: Sequence[tuple[str, str]], layers: Sequence[str]
) -> tuple[dict[str, Tensor], dict[str, float]]:
    """How large the inputs of each eased product run, by channel; and what GELU lets through, but for the cut."""
    reach: dict[str, Tensor] = {}
    largest: dict[str, float] = {}

    def watch_channels(name: str, inputs: Tensor) -> None:
        channels = inputs.abs().flatten(0, -2).amax(0)
        reach[name] = torch.maximum(reach.get(name, channels), channels)

    def watch_values(name: str, inputs: Tensor) -> None:
        sampled = inputs.flatten()[::_SAMPLED].float()
        largest[name] = max(largest.get(name, 0.0), float(sampled.sort().values[int((1 - _CUT) * (len(sampled) - 1))]))

    watched = [(f"{layer}.{names[0]}", watch_channels) for layer in layers for names in EASED]
    watched += [(f"{layer}.{DOWN}", watch_values) for layer in layers]
    hooks = [
        reader.model.get_submodule(name).register_forward_pre_hook(
            lambda _, inputs, name=name, watch=watch: watch(name, inputs[0])
        )
        for name, watch in watched
    ]
    try:
        for pair in pairs:  # one by one: no padding is seen
            reader.read([pair])
    finally:
        for hook in hooks:
            hook.remove()
    return reach, largest


def eased_step(weight: Tensor, reach: Tensor, *, share: float = 0.5) -> Tensor:
    """The step of each input channel: the difficulty of rounding it, ``share`` of it left to the input's own step."""
    reach = reach.clamp(min=1e-4)
    ease = reach**share / weight.abs().amax(0).clamp(min=1e-4) ** (1 - share)
    return ease * (reach / ease).max() / 127


def rounded(name: str, weight: Tensor, step: Tensor) -> dict[str, Tensor]:
    """A product's weight as `inference/weights/rounded.py` has it."""
    whole, scales = quantize_rows(weight * step)
    return {f"{name}.weight": whole, f"{name}{SCALE}": scales, f"{name}{STEP}": step.clone()}
