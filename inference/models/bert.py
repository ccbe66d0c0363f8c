"""BERT (Devlin et al., 2018): the encoder, with heads that embed or mark answer spans.

Post-norm layers, learned positions, exact GELU. Rows are packed one after the other, so
no product is spent on padding; only attention lays them side by side.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import torch
import torch.nn.functional as F  # noqa: N812  # the field's own name for it
from torch import Tensor, nn

from inference.errors import ConfigError, EngineFailed
from inference.quant.products import FeedWeights, LayerWeights, Products
from inference.quant.static import LayerSteps
from inference.weights.loader import load_weights, one_tensor, read_weights

from .bert_steps import steps_of
from .residual import add_and_normalize
from .row_attention import PackedRows, Places, attend
from .seam import Seam


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
    num_layers_apart: int  # lower layers that see question and passage apart; a checkpoint need not say 0

    @classmethod
    def read(cls, folder: Path) -> Self:
        try:
            kept = {"num_layers_apart": 0, **json.loads((folder / "config.json").read_text(encoding="utf-8"))}
            if kept["model_type"] != "bert" or kept.get("hidden_act", "gelu") != "gelu":
                raise ConfigError(f"{folder.name} is a {kept['model_type']}, not a BERT with GELU")
            return cls(**{name: kept[name] for name in cls.__slots__})
        except (OSError, ValueError, KeyError) as error:
            raise ConfigError(f"{folder}: config.json cannot be read ({error!r})") from error


class BertLayer(nn.Module):
    """Self-attention and feed-forward, each added to its input and normalised after.

    Parameters are held as the checkpoint has them until ``arrange`` packs them into the
    products that are run; the sums between, and the norms, stay in fp32.
    """

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
        self.steps: LayerSteps | None = None  # known where the checkpoint was calibrated for INT8
        self.rounded: FeedWeights | None = None  # where a feed-forward of its own was trained for it
        self.products: Products | None = None

    def forward(self, hidden: Tensor, places: Places) -> Tensor:
        """``hidden`` is [tokens, size] float32, rows one after the other."""
        if self.products is None:
            raise EngineFailed("a layer is run before its products are arranged")
        mixed = attend(self.products.project(hidden), places, num_heads=self.num_heads)
        hidden = add_and_normalize(hidden, self.products.output(mixed), self.attention_norm)
        return add_and_normalize(hidden, self.products.feed(hidden), self.output_norm)

    def weights(self) -> LayerWeights:
        """The checkpoint's numbers: queries, keys and values as one product, the scores' scale inside the queries."""
        scale = (self.query.out_features // self.num_heads) ** -0.5
        return LayerWeights(
            project=torch.cat([self.query.weight * scale, self.key.weight, self.value.weight]),
            project_bias=torch.cat([self.query.bias * scale, self.key.bias, self.value.bias]),
            output=self.output.weight,
            output_bias=self.output.bias,
            up=self.up.weight,
            up_bias=self.up.bias,
            down=self.down.weight,
            down_bias=self.down.bias,
            steps=self.steps,
        )

    def calibrated(self) -> LayerWeights | None:
        """What static INT8 runs; None where nothing is known of the steps."""
        if self.rounded:
            return self.weights().with_feed(self.rounded)
        return self.weights() if self.steps else None

    def forget_weights(self) -> None:
        self.rounded = None
        for name in ("query", "key", "value", "output", "up", "down"):
            delattr(self, name)


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

    def forward(self, rows: PackedRows) -> Tensor:
        """[tokens, size] float32, rows one after the other."""
        return self.run(self.embedded(rows.ids, rows.types, rows.positions), rows.places)

    def embedded(self, ids: Tensor, types: Tensor, positions: Tensor) -> Tensor:
        """What the first layer is given: [tokens, size] float32."""
        summed: Tensor = self.norm(self.words(ids) + self.positions(positions) + self.types(types))
        return summed

    def run(self, hidden: Tensor, places: Places, *, start: int = 0, stop: int | None = None) -> Tensor:
        """``hidden`` through the layers ``[start, stop)``, all of them by default."""
        for layer in self.blocks[start:stop]:
            hidden = layer(hidden, places)
        return hidden

    def arrange(self, products_of: Callable[[int, LayerWeights], Products]) -> None:
        """Give every layer, by number, the products to run; may be called again until ``forget_weights``."""
        for number, layer in enumerate(self.blocks):
            layer.products = products_of(number, layer.weights())

    def know_rounded(self, feeds: Sequence[FeedWeights]) -> None:
        """Keep feed-forwards that were trained for static INT8, for ``arrange_calibrated``."""
        for layer, rounded in zip(self.blocks, feeds, strict=True):
            layer.rounded = rounded

    def arrange_calibrated(self) -> None:
        """Give every layer its products in static INT8; only where ``is_calibrated``."""
        for layer in self.blocks:
            if (weights := layer.calibrated()) is None:
                raise EngineFailed("a layer is run in static INT8 that was not calibrated for it")
            layer.products = Products.static(weights)

    @property
    def products(self) -> list[Products | None]:
        """What each layer runs."""
        return [layer.products for layer in self.blocks]

    @products.setter
    def products(self, products: list[Products | None]) -> None:
        for layer, arranged in zip(self.blocks, products, strict=True):
            layer.products = arranged

    @property
    def is_calibrated(self) -> bool:
        """Whether every layer knows the steps of its INT8 products."""
        return all(layer.steps or layer.rounded for layer in self.blocks)

    def forget_weights(self) -> None:
        """Free what the products hold a packed copy of."""
        for layer in self.blocks:
            layer.forget_weights()

    @property
    def blocks(self) -> list[BertLayer]:
        return list(self.layers)  # type: ignore[arg-type]  # a ModuleList forgets what it holds


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

    def forward(self, rows: PackedRows) -> Tensor:
        """[rows, size] float32, each of length one."""
        return self.pooled(self.encoder(rows), rows)

    def pooled(self, states: Tensor, rows: PackedRows) -> Tensor:
        """The vectors of tokens' states [tokens, size]."""
        if self.pooling == "cls":
            pooled = states.index_select(0, rows.starts)
        else:
            pooled = states.new_zeros(rows.places.num_rows, states.shape[1])
            pooled.index_add_(0, rows.row_of, states)  # a sum points where the mean does
        return F.normalize(pooled, dim=-1)


class BertForSpans(nn.Module):
    """Start and end logits for every token: extractive question answering."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.encoder = BertEncoder(config)
        self.spans = nn.Linear(config.hidden_size, 2)
        self.seam = Seam(config.num_layers_apart) if config.num_layers_apart else None

    @classmethod
    def load(cls, folder: Path, *, words_of: Path | None = None) -> Self:
        """The folder's reader; ``words_of`` is the encoder whose word embeddings it was trained on and leaves out."""
        model = cls(BertConfig.read(folder))
        shared = {"encoder.words.weight": one_tensor(words_of, WORDS)} if words_of else None
        load_weights(model, folder, name_of=_span_name, shared=shared)
        for number, steps in steps_of(read_weights(folder)).items():
            model.encoder.blocks[number].steps = steps
        return model.eval()

    def forward(self, rows: PackedRows) -> Tensor:
        """[tokens, 2] float32, rows one after the other."""
        logits: Tensor = self.spans(self._states(rows))
        return logits

    def _states(self, rows: PackedRows) -> Tensor:
        if self.seam is None:
            states: Tensor = self.encoder(rows)
            return states
        return self.encoder.run(self.seam.states(self.encoder, rows), rows.places, start=self.seam.num_layers)


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
