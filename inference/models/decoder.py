"""The decoder that Llama, Qwen2 and Qwen3 share: pre-norm layers, rotary positions, a head over the vocabulary.

A family's file says only what its config.json means. Rows of many sequences come
flattened in one batch; which keys a row sees is the attention backend's affair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor, nn

from inference.attention.base import AttentionBackend
from inference.batch import Batch
from inference.errors import ConfigError
from inference.kvcache.storage import KVLayout
from inference.layers.attention import SelfAttention
from inference.layers.mlp import GatedMLP
from inference.layers.norm import RMSNorm
from inference.layers.rotary import RotaryTable
from inference.quant.weight_only import WeightOnlyEmbedding
from inference.weights.stream import Place, stream_weights


@dataclass(frozen=True, slots=True, kw_only=True)
class DecoderConfig:
    """The part of a checkpoint's config.json that shapes the network."""

    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    max_position_embeddings: int
    rms_norm_eps: float
    tie_word_embeddings: bool
    rope: Mapping[str, Any] = field(hash=False)  # Any: rope_parameters
    qkv_bias: bool
    output_bias: bool
    mlp_bias: bool
    qk_norm: bool

    @classmethod
    def of(cls, stored: Mapping[str, Any], *, qkv_bias: bool, output_bias: bool, mlp_bias: bool, qk_norm: bool) -> Self:
        """Read what all families share; KeyError for what is not there. Any: config.json."""
        if stored.get("hidden_act", "silu") != "silu":
            raise ConfigError(f"hidden_act must be silu, got {stored['hidden_act']}")
        if stored.get("use_sliding_window"):
            raise ConfigError("sliding-window attention is not served")
        heads = int(stored["num_attention_heads"])
        return cls(
            vocab_size=int(stored["vocab_size"]),
            hidden_size=int(stored["hidden_size"]),
            intermediate_size=int(stored["intermediate_size"]),
            num_hidden_layers=int(stored["num_hidden_layers"]),
            num_attention_heads=heads,
            num_key_value_heads=int(stored.get("num_key_value_heads") or heads),
            head_dim=int(stored.get("head_dim") or stored["hidden_size"] // heads),
            max_position_embeddings=int(stored["max_position_embeddings"]),
            rms_norm_eps=float(stored["rms_norm_eps"]),
            tie_word_embeddings=stored.get("tie_word_embeddings", False),
            rope=_rope(stored),
            qkv_bias=qkv_bias,
            output_bias=output_bias,
            mlp_bias=mlp_bias,
            qk_norm=qk_norm,
        )


class DecoderLayer(nn.Module):
    """Attention and feed-forward, each normalised before and added to its input."""

    def __init__(self, config: DecoderConfig, layer: int) -> None:
        super().__init__()
        size, eps = config.hidden_size, config.rms_norm_eps
        self.attention_norm = RMSNorm(size, eps=eps)
        self.attention = SelfAttention(
            size,
            layer=layer,
            num_heads=config.num_attention_heads,
            kv_heads=config.num_key_value_heads,
            head_dim=config.head_dim,
            qkv_bias=config.qkv_bias,
            output_bias=config.output_bias,
            norm_eps=eps if config.qk_norm else None,
        )
        self.mlp_norm = RMSNorm(size, eps=eps)
        self.mlp = GatedMLP(size, config.intermediate_size, bias=config.mlp_bias)

    def forward(
        self, hidden: Tensor, turn: tuple[Tensor, Tensor], *, batch: Batch, attention: AttentionBackend
    ) -> Tensor:
        hidden = hidden + self.attention(self.attention_norm(hidden), turn, batch=batch, attention=attention)
        out: Tensor = hidden + self.mlp(self.mlp_norm(hidden))
        return out


class Decoder(nn.Module):
    """Token ids → logits of the wanted rows."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.config = config
        self.words: nn.Embedding | WeightOnlyEmbedding = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(DecoderLayer(config, layer) for layer in range(config.num_hidden_layers))
        self.norm = RMSNorm(config.hidden_size, eps=config.rms_norm_eps)
        self.head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self._rotary = RotaryTable(config.head_dim, config.rope, max_positions=config.max_position_embeddings)

    @classmethod
    def load(cls, folder: Path, config: DecoderConfig, *, dtype: torch.dtype) -> Self:
        """Built without weights, then filled from disk, so that nothing is held twice."""
        with torch.device("meta"):
            model = cls(config).to(dtype)
        model.to_empty(device="cpu")
        if config.tie_word_embeddings:
            model.head.weight = model.words.get_parameter("weight")
        stream_weights(model, folder, place_of=lambda name: _place(name, config))
        return model.eval()

    @property
    def is_int8(self) -> bool:
        """Whether its products and words are packed in INT8."""
        return isinstance(self.words, WeightOnlyEmbedding)

    @property
    def dtype(self) -> torch.dtype:
        return self.norm.weight.dtype

    def kv_layout(self, *, num_blocks: int, block_size: int) -> KVLayout:
        """Of a storage for this network's keys and values."""
        return KVLayout(
            num_layers=self.config.num_hidden_layers,
            num_blocks=num_blocks,
            block_size=block_size,
            kv_heads=self.config.num_key_value_heads,
            head_dim=self.config.head_dim,
            dtype=self.dtype,
            device=self.norm.weight.device,
        )

    def turn_at(self, positions: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Cosines and signed sines, each [positions, head_dim] float32."""
        cos, signed_sin = self._rotary.at(torch.tensor(positions), last=max(positions), dtype=self.dtype)
        return cos[:, 0].float(), signed_sin[:, 0].float()

    def turn_by(self, distance: int) -> tuple[Tensor, Tensor]:
        """As `RotaryTable.turn_by`."""
        return self._rotary.turn_by(distance)

    def forward(self, batch: Batch, attention: AttentionBackend) -> Tensor:
        """[wanted, vocab] float32."""
        turn = self._rotary.at(batch.positions, last=batch.last_position, dtype=self.dtype)
        hidden = self.words(batch.ids)
        for layer in self.layers:
            hidden = layer(hidden, turn, batch=batch, attention=attention)
        logits: Tensor = self.head(self.norm(hidden[batch.wanted]))
        return logits.float()


def _rope(stored: Mapping[str, Any]) -> Mapping[str, Any]:
    """One record from both ways of writing it: rope_parameters, or rope_theta beside rope_scaling. Any: JSON."""
    rope = dict(stored.get("rope_parameters") or stored.get("rope_scaling") or {})
    rope.setdefault("rope_theta", stored.get("rope_theta", 10000.0))
    rope.setdefault("rope_type", rope.pop("type", "default"))
    return rope


_PARTS = {
    "input_layernorm": "attention_norm",
    "post_attention_layernorm": "mlp_norm",
    "self_attn.o_proj": "attention.output",
    "self_attn.q_norm": "attention.query_norm",
    "self_attn.k_norm": "attention.key_norm",
    "mlp.down_proj": "mlp.down",
}


def _place(theirs: str, config: DecoderConfig) -> Place | None:
    """A Hugging Face name → our parameter and the row it begins at; None for what is not a weight of ours."""
    stem, _, kind = theirs.removeprefix("model.").rpartition(".")
    if stem == "lm_head":
        return None if config.tie_word_embeddings else Place(f"head.{kind}")
    if stem in ("embed_tokens", "norm"):
        return Place(f"{'words' if stem == 'embed_tokens' else stem}.{kind}")
    if stem.endswith("rotary_emb"):
        return None
    number, _, part = stem.removeprefix("layers.").partition(".")
    queries, keys = (n * config.head_dim for n in (config.num_attention_heads, config.num_key_value_heads))
    fused = {
        "self_attn.q_proj": ("attention.qkv", 0),
        "self_attn.k_proj": ("attention.qkv", queries),
        "self_attn.v_proj": ("attention.qkv", queries + keys),
        "mlp.gate_proj": ("mlp.gate_up", 0),
        "mlp.up_proj": ("mlp.gate_up", config.intermediate_size),
    }
    ours, row = fused.get(part, (_PARTS.get(part, part), 0))
    return Place(f"layers.{number}.{ours}.{kind}", row)
