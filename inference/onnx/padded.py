"""BERT on padded rows, in operations that every ONNX runtime has."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  # the field's own name for it
from torch import Tensor, nn

from inference.models.bert import BertEncoder, BertForEmbedding, BertForSpans, BertLayer
from inference.models.seam import PASSAGE_FROM

_HIDDEN = -1e4  # added to a score that nobody may see: exp of it is 0, and bf16 and fp16 hold it


class PaddedEmbedding(nn.Module):
    """Ids, mask and types [rows, longest] int64 → unit vectors [rows, size]."""

    def __init__(self, model: BertForEmbedding) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        states = _states(self.model.encoder, ids, mask, types)
        pooled = states[:, 0] if self.model.pooling == "cls" else (states * mask[..., None]).sum(1)
        return F.normalize(pooled, dim=-1)


class PaddedSpans(nn.Module):
    """Ids, mask and types [rows, longest] int64 → start and end logits, each [rows, longest]."""

    def __init__(self, model: BertForSpans) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> tuple[Tensor, Tensor]:
        num_apart = 0 if self.model.seam is None else self.model.seam.num_layers
        logits = self.model.spans(_states(self.model.encoder, ids, mask, types, num_apart=num_apart))
        return logits[..., 0], logits[..., 1]


def _states(encoder: BertEncoder, ids: Tensor, mask: Tensor, types: Tensor, *, num_apart: int = 0) -> Tensor:
    """[rows, longest, size]; what stands at padding means nothing.

    ``num_apart`` lower layers see question and passage apart, as `inference/models/seam.py`
    has it, but that nothing is kept, so nothing is rounded.
    """
    places = torch.arange(ids.shape[1], device=ids.device).expand_as(ids)
    if num_apart:
        places = torch.where(types > 0, types.cumsum(1) - 1 + PASSAGE_FROM, places)
    hidden = encoder.norm(encoder.words(ids) + encoder.positions(places) + encoder.types(types))
    hide = (1.0 - mask[:, None, None].to(hidden.dtype)) * _HIDDEN  # [rows, 1, 1, longest]
    other = (types[:, None, :, None] != types[:, None, None]).to(hidden.dtype) * _HIDDEN  # [rows, 1, longest, longest]
    for number, layer in enumerate(encoder.blocks):
        hidden_from = hide + other if number < num_apart else hide
        hidden = layer.attention_norm(hidden + layer.output(_mixed(layer, hidden, hidden_from)))
        hidden = layer.output_norm(hidden + layer.down(F.gelu(layer.up(hidden))))
    states: Tensor = hidden
    return states


def _mixed(layer: BertLayer, hidden: Tensor, hide: Tensor) -> Tensor:
    """Softmax(queries keysᵀ) values of all heads, [rows, longest, size]."""
    rows, longest, size = hidden.shape
    head_dim = size // layer.num_heads
    queries, keys, values = (
        part(hidden).view(rows, longest, layer.num_heads, head_dim).transpose(1, 2)
        for part in (layer.query, layer.key, layer.value)
    )
    scores = queries @ keys.transpose(-1, -2) * head_dim**-0.5 + hide
    mixed: Tensor = torch.softmax(scores, -1) @ values
    return mixed.transpose(1, 2).reshape(rows, longest, size)
