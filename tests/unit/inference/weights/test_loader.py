"""A checkpoint fits to the name, or is refused: never a random weight, never a pickle."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from inference.errors import ConfigError
from inference.models.bert import BertForEmbedding
from inference.weights.loader import WEIGHTS, weights_digest
from tests.tiny import write_encoder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_encoder(tmp_path / "encoder")


def rewrite(folder: Path, **changed: torch.Tensor | None) -> None:
    stored = load_file(folder / WEIGHTS) | changed
    save_file({name: tensor for name, tensor in stored.items() if tensor is not None}, folder / WEIGHTS)


def load(folder: Path) -> BertForEmbedding:
    return BertForEmbedding.load(folder, pooling="mean")


def test_a_missing_name_is_an_error(folder: Path):
    rewrite(folder, **{"embeddings.LayerNorm.bias": None})

    with pytest.raises(ConfigError, match=r"lacks encoder\.norm\.bias"):
        load(folder)


def test_an_unexpected_name_is_an_error(folder: Path):
    rewrite(folder, **{"encoder.layer.7.output.dense.bias": torch.zeros(16)})

    with pytest.raises(ConfigError, match="unexpected"):
        load(folder)


def test_a_shape_that_does_not_fit_is_an_error(folder: Path):
    rewrite(folder, **{"embeddings.LayerNorm.bias": torch.zeros(8)})

    with pytest.raises(ConfigError, match="does not fit"):
        load(folder)


def test_the_pooler_that_no_head_uses_may_be_there(folder: Path):
    rewrite(folder, **{"pooler.dense.weight": torch.zeros(16, 16), "pooler.dense.bias": torch.zeros(16)})

    load(folder)


def test_a_pickle_is_never_opened(folder: Path):
    (folder / WEIGHTS).unlink()
    torch.save({}, folder / "pytorch_model.bin")

    with pytest.raises(ConfigError, match="cannot be read"):
        load(folder)


def test_a_torn_file_is_an_error(folder: Path):
    whole = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(whole[: len(whole) // 2])

    with pytest.raises(ConfigError, match="cannot be read"):
        load(folder)


def test_the_digest_names_the_weights(tmp_path: Path):
    one, same, other = (
        weights_digest(write_encoder(tmp_path / name, seed=seed)) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )

    assert one == same != other
