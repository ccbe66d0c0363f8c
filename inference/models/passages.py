"""PassageKeys: a passage's keys and values computed once, on its own, and put wherever a prompt has it.

A passage encoded alone has not seen what stands before it: that is an approximation, and the only one but INT8's
(docs/engine.md). Its place is exact: turning a key that was rotated from position 0 by a further angle
is the key of the further position. What is found and what is computed now are rounded alike, so an answer does not
depend on which it was.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from inference.attention.dense import DenseAttention
from inference.batch import Batch, Part
from inference.kvcache.passages import PassageBlocks, PassageStore
from inference.kvcache.storage import Storage
from inference.kvcache.storage_int8 import quantize
from inference.layers.rotary import rotate
from inference.step import Fill

from .decoder import Decoder


class PassageKeys:
    """The network, what it keeps of passages, and the storage they are put in; used by one thread."""

    def __init__(self, model: Decoder, storage: Storage, store: PassageStore) -> None:
        self._model, self._storage, self.store = model, storage, store

    def fill(self, fill: Fill) -> None:
        """Write the keys and values of a part of a passage to its slots."""
        blocks = self.store.find(fill.passage) or self._encode(fill.passage)
        cos, signed_sin = self._model.turn_by(fill.place)
        part, slots = slice(fill.skipped, fill.skipped + len(fill.slots)), torch.tensor(fill.slots)
        for layer, (rounded, scales) in enumerate(zip(blocks.rounded, blocks.scales, strict=True)):
            keys, values = torch.from_numpy(rounded[:, part]) * torch.from_numpy(scales[:, part])
            keys = rotate(keys, cos, signed_sin)
            self._storage.write(layer, slots, keys.to(self._model.dtype), values.to(self._model.dtype))

    def _encode(self, passage: Sequence[int]) -> PassageBlocks:
        heard = _Heard()
        self._model(Batch.of([Part(ids=passage, start=0, num_wanted=0)]), heard)
        both = torch.stack(heard.layers).float()  # [layers, 2, tokens, kv_heads, head_dim]
        rounded, scales = quantize(both)
        blocks = PassageBlocks(rounded.numpy(), scales.numpy())
        self.store.keep(passage, blocks)
        return blocks


class _Heard(DenseAttention):
    """Dense attention that remembers the keys and values of every layer."""

    def __init__(self) -> None:
        self.layers: list[Tensor] = []

    def attend(self, queries: Tensor, keys: Tensor, values: Tensor, *, layer: int, batch: Batch) -> Tensor:
        self.layers.append(torch.stack((keys, values)))
        return super().attend(queries, keys, values, layer=layer, batch=batch)
