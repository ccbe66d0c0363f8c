"""CompiledSteps: steps of few rows run by compiled loops on the processor, a layer at a call (inference/kernels/).

For weights in INT8 and keys in the network's own dtype. Written tokens and their drafts go this way, and so does what
is left of a prompt once it is short; longer steps are products of many rows, which are torch's.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from inference import kernels
from inference.arrays import share_threads
from inference.batch import Part
from inference.kvcache.storage import KVStorage
from inference.layers.linear import PackedProduct
from inference.layers.norm import RMSNorm
from inference.quant.weight_only import FEW_ROWS

from .decoder import Decoder, DecoderLayer

log = logging.getLogger(__name__)


class CompiledSteps:
    """For a network packed in INT8; used by one thread."""

    def __init__(self, model: Decoder, storage: KVStorage, *, scratch: int) -> None:
        """``scratch`` is a block that no table holds: a first step over it has everything compiled by now."""
        self._model, self._block_size = model, storage.layout.block_size
        self._layers = [(_layer(layer), storage.array(number)) for number, layer in enumerate(model.layers)]
        self._head = _product(model.head)
        self._norm, self._eps = _numbers(model.norm), model.config.rms_norm_eps
        log.info("decode steps are loops compiled for this processor; the first start compiles them, some ten seconds")
        self.run([Part(ids=(0,), start=0, block_ids=(scratch,), slots=(scratch * self._block_size,))])

    @torch.inference_mode()
    def run(self, parts: Sequence[Part]) -> Tensor | None:
        """Logits of the wanted rows, [wanted, vocab] float32; None for a step of too many rows."""
        if sum(len(part.ids) for part in parts) > FEW_ROWS or not all(part.block_ids for part in parts):
            return None
        share_threads()
        hidden = self._model.words(torch.tensor([i for part in parts for i in part.ids])).float().numpy()
        rows = self._rows(parts)
        for layer, kept in self._layers:
            kernels.run_layer(layer, self._eps, kept, rows, hidden)
        wanted = hidden[_wanted(parts)]
        kernels.normalize(wanted, self._norm, self._eps, wanted)
        logits = torch.empty(len(wanted), self._model.config.vocab_size)
        kernels.multiply(self._head, wanted, logits.numpy())
        return logits

    def _rows(self, parts: Sequence[Part]) -> kernels.Rows:
        positions = [p for part in parts for p in range(part.start, part.end)]
        cos, signed_sin = self._model.turn_at(positions)
        num_blocks = max(len(part.block_ids) for part in parts)
        tables = [[*part.block_ids, *[0] * (num_blocks - len(part.block_ids))] for part in parts for _ in part.ids]
        return kernels.Rows(
            cos=cos.numpy(),
            signed_sin=signed_sin.numpy(),
            slots=np.array([slot for part in parts for slot in part.slots], dtype=np.int64),
            ends=np.array(positions, dtype=np.int64) + 1,
            tables=np.array(tables, dtype=np.int64),
        )


def _wanted(parts: Sequence[Part]) -> list[int]:
    """The rows whose logits are asked for: the last of each part."""
    found: list[int] = []
    first = 0
    for part in parts:
        first += len(part.ids)
        found += range(first - part.num_wanted, first)
    return found


def _layer(layer: nn.Module) -> kernels.Layer:
    assert isinstance(layer, DecoderLayer)
    attention = layer.attention
    return kernels.Layer(
        attention_norm=_numbers(layer.attention_norm),
        qkv=_product(attention.qkv),
        query_norm=_numbers(attention.query_norm),
        key_norm=_numbers(attention.key_norm),
        output=_product(attention.output),
        mlp_norm=_numbers(layer.mlp_norm),
        gate_up=_product(layer.mlp.gate_up),
        down=_product(layer.mlp.down),
    )


def _product(module: nn.Module) -> kernels.Product:
    assert isinstance(module, PackedProduct)
    return module.int8


def _numbers(norm: RMSNorm | None) -> kernels.Floats:
    return np.empty(0, np.float32) if norm is None else norm.weight.detach().float().numpy()
