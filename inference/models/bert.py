"""BERT (Devlin et al., 2018): the encoder, with heads that embed or mark answer spans.

Post-norm layers, learned positions, exact GELU. Batches hold rows of like length, so
little is padding; attention is torch's fused kernel over a key mask.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import torch
import torch.nn.functional as F  # noqa: N812  # the field's own name for it
from torch import Tensor, nn

from inference.errors import ConfigError
from inference.weights.loader import load_weights, one_tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class BertConfig:
    """The part of a checkpoint's config.json that shapes the network."""

    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int
    type_vocab_size: int
    layer_norm_eps: float

    @classmethod
    def read(cls, folder: Path) -> Self:
        try:
            kept = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            if kept["model_type"] != "bert" or kept.get("hidden_act", "gelu") != "gelu":
                raise ConfigError(f"{folder.name} is a {kept['model_type']}, not a BERT with GELU")
            return cls(**{name: kept[name] for name in cls.__slots__})
        except (OSError, ValueError, KeyError) as error:
            raise ConfigError(f"{folder}: config.json cannot be read ({error!r})") from error


class BertLayer(nn.Module):
    """Self-attention and feed-forward, each added to its input and normalised after."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        size = config.hidden_size
        self.num_heads = config.num_attention_heads
        self.query, self.key, self.value = (nn.Linear(size, size) for _ in range(3))
        self.output = nn.Linear(size, size)
        self.attention_norm = nn.LayerNorm(size, eps=config.layer_norm_eps)
        self.up = nn.Linear(size, config.intermediate_size)
        self.down = nn.Linear(config.intermediate_size, size)
        self.output_norm = nn.LayerNorm(size, eps=config.layer_norm_eps)

    def forward(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        """``hidden`` is [rows, tokens, size]; ``mask`` [rows, 1, 1, tokens] is true where a key is real."""
        rows, tokens, size = hidden.shape
        narrow = self.query.weight.dtype  # products in bf16 where that is faster; sums and norms stay in fp32
        inputs = hidden.to(narrow)
        queries, keys, values = (
            project(inputs).view(rows, tokens, self.num_heads, size // self.num_heads).transpose(1, 2)
            for project in (self.query, self.key, self.value)
        )  # each [rows, heads, tokens, head_dim]
        mixed = F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask)
        mixed = mixed.transpose(1, 2).reshape(rows, tokens, size)
        hidden = self.attention_norm(hidden + self.output(mixed))
        normed: Tensor = self.output_norm(hidden + self.down(F.gelu(self.up(hidden.to(narrow)))))
        return normed

    def narrow(self, dtype: torch.dtype) -> None:
        """Weights of the matrix products in ``dtype``; the norms keep theirs."""
        for product in (self.query, self.key, self.value, self.output, self.up, self.down):
            product.to(dtype)


class BertEncoder(nn.Module):
    """Token ids → hidden states."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        size = config.hidden_size
        self.words = nn.Embedding(config.vocab_size, size)
        self.positions = nn.Embedding(config.max_position_embeddings, size)
        self.types = nn.Embedding(config.type_vocab_size, size)
        self.norm = nn.LayerNorm(size, eps=config.layer_norm_eps)
        self.layers = nn.ModuleList(BertLayer(config) for _ in range(config.num_hidden_layers))

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor | None) -> Tensor:
        """``ids`` and ``types`` are [rows, tokens] int64; returns [rows, tokens, size]."""
        places = torch.arange(ids.shape[1])
        hidden = self.norm(self.words(ids) + self.positions(places) + self.types(types))
        key_mask = None if mask is None else mask[:, None, None, :]
        for layer in self.layers:
            hidden = layer(hidden, key_mask)
        states: Tensor = hidden
        return states

    def narrow(self, dtype: torch.dtype) -> None:
        for layer in self.layers:
            layer.narrow(dtype)  # type: ignore[operator]  # a ModuleList forgets what it holds


class BertForEmbedding(nn.Module):
    """Unit vectors from the mean of the real tokens' states, or from the first token's."""

    def __init__(self, config: BertConfig, *, pooling: str) -> None:
        super().__init__()
        self.encoder = BertEncoder(config)
        self.pooling = pooling

    @classmethod
    def load(cls, folder: Path, *, pooling: str) -> Self:
        model = cls(BertConfig.read(folder), pooling=pooling)
        load_weights(model, folder, name_of=_encoder_name)
        return model.eval()

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor | None) -> Tensor:
        """[rows, size] float32, each of length one."""
        hidden = self.encoder(ids, types, mask).float()
        if self.pooling == "cls":
            pooled = hidden[:, 0]
        elif mask is None:
            pooled = hidden.mean(1)
        else:
            weights = mask.unsqueeze(-1).float()
            pooled = (hidden * weights).sum(1) / weights.sum(1)
        return F.normalize(pooled, dim=-1)


class BertForSpans(nn.Module):
    """Start and end logits for every token: extractive question answering."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.encoder = BertEncoder(config)
        self.spans = nn.Linear(config.hidden_size, 2)

    @classmethod
    def load(cls, folder: Path, *, words_of: Path | None = None) -> Self:
        """The folder's reader; ``words_of`` is the encoder whose word embeddings it was trained on and leaves out."""
        model = cls(BertConfig.read(folder))
        shared = {"encoder.words.weight": one_tensor(words_of, WORDS)} if words_of else None
        load_weights(model, folder, name_of=_span_name, shared=shared)
        return model.eval()

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor | None) -> Tensor:
        """[rows, tokens, 2] float32."""
        logits: Tensor = self.spans(self.encoder(ids, types, mask))
        return logits.float()


WORDS = "embeddings.word_embeddings.weight"

_NAMES = {
    "embeddings.word_embeddings": "words",
    "embeddings.position_embeddings": "positions",
    "embeddings.token_type_embeddings": "types",
    "embeddings.LayerNorm": "norm",
}
_LAYER_NAMES = {
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "output",
    "attention.output.LayerNorm": "attention_norm",
    "intermediate.dense": "up",
    "output.dense": "down",
    "output.LayerNorm": "output_norm",
}


def _encoder_name(theirs: str) -> str | None:
    """A Hugging Face BERT name → ours; None for what no head of ours uses."""
    name = theirs.removeprefix("bert.")
    stem, _, kind = name.rpartition(".")
    if stem in _NAMES:
        return f"encoder.{_NAMES[stem]}.{kind}"
    if stem.startswith("encoder.layer."):
        number, _, part = stem.removeprefix("encoder.layer.").partition(".")
        return f"encoder.layers.{number}.{_LAYER_NAMES.get(part, part)}.{kind}"
    if stem.startswith("pooler") or name == "embeddings.position_ids":
        return None
    return name


def _span_name(theirs: str) -> str | None:
    return theirs.replace("qa_outputs", "spans") if theirs.startswith("qa_outputs") else _encoder_name(theirs)
