"""How far the inputs of a decoder's products, its keys and its values run on texts of all kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from inference.attention.dense import DenseAttention
from inference.batch import Batch, Part
from inference.models.decoder import Decoder, DecoderConfig

_PRODUCTS = {"qkv": "attention.qkv", "output": "attention.output", "gate_up": "mlp.gate_up", "down": "mlp.down"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DecoderRanges:
    """The largest magnitude in each input channel [inputs] of a layer's products, float32.

    Of keys, normalised and rotated as they are kept, and of values in each channel of each head, [kv_heads, head_dim].
    """

    qkv: Tensor
    output: Tensor
    gate_up: Tensor
    down: Tensor
    keys: Tensor
    values: Tensor

    @classmethod
    def nothing(cls, config: DecoderConfig, device: torch.device) -> DecoderRanges:
        def zeros(*shape: int) -> Tensor:
            return torch.zeros(shape, device=device)

        return cls(
            qkv=zeros(config.hidden_size),
            output=zeros(config.num_attention_heads * config.head_dim),
            gate_up=zeros(config.hidden_size),
            down=zeros(config.intermediate_size),
            keys=zeros(config.num_key_value_heads, config.head_dim),
            values=zeros(config.num_key_value_heads, config.head_dim),
        )


def decoder_ranges_of(model: Decoder, texts: Iterable[Sequence[int]]) -> list[DecoderRanges]:
    """The layers' ranges on these texts, token ids each; the model is left as it was."""
    device = model.norm.weight.device
    found = [DecoderRanges.nothing(model.config, device) for _ in model.layers]
    attention = _Watched(found)
    with torch.inference_mode(), _watched(model, found):
        for ids in texts:
            model(Batch.of([Part(ids=ids, start=0, num_wanted=0)], device=device), attention)
    return found


class _Watched(DenseAttention):
    """Dense attention that notes how large keys and values run."""

    def __init__(self, ranges: Sequence[DecoderRanges]) -> None:
        self._ranges = ranges

    def attend(self, queries: Tensor, keys: Tensor, values: Tensor, *, layer: int, batch: Batch) -> Tensor:
        _note(self._ranges[layer].keys, keys)
        _note(self._ranges[layer].values, values)
        return super().attend(queries, keys, values, layer=layer, batch=batch)


@contextmanager
def _watched(model: Decoder, ranges: Sequence[DecoderRanges]) -> Iterator[None]:
    """Its products, packed or not, note their inputs meanwhile."""
    hooks = [
        layer.get_submodule(place).register_forward_pre_hook(_noting(getattr(found, name)))
        for layer, found in zip(model.layers, ranges, strict=True)
        for name, place in _PRODUCTS.items()
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _noting(largest: Tensor) -> Callable[[nn.Module, tuple[Tensor]], None]:
    def note(_: nn.Module, inputs: tuple[Tensor]) -> None:
        _note(largest, inputs[0])

    return note


def _note(largest: Tensor, rows: Tensor) -> None:
    """``rows`` are [tokens, …] of what ``largest`` counts."""
    torch.maximum(largest, rows.abs().amax(0).float(), out=largest)
