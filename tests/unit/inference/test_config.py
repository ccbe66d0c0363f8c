"""A configuration that cannot work is refused where it is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from inference.config import DecodingConfig, EngineConfig, packaged_encoder
from inference.errors import ConfigError


@pytest.mark.parametrize("name", ["threads", "max_batch_size", "max_batch_tokens", "max_queue"])
def test_budgets_are_positive(name: str):
    with pytest.raises(ConfigError, match=name):
        EngineConfig(**{name: 0})


def test_an_unknown_arithmetic_is_refused():
    with pytest.raises(ConfigError, match="quantization"):
        EngineConfig(quantization="int3")  # type: ignore[arg-type]  # on purpose


def test_the_packaged_encoder_is_the_default():
    assert EngineConfig().encoder_path == packaged_encoder()
    assert (packaged_encoder() / "model.safetensors").is_file()


def test_a_reader_that_is_named_must_be_there(tmp_path: Path):
    with pytest.raises(ConfigError, match="no reader"):
        _ = EngineConfig(reader=str(tmp_path / "nowhere")).reader_path


@pytest.mark.parametrize("reader", [None, "joint"])
def test_two_readers_ship(reader: str | None):
    path = EngineConfig(reader=reader).reader_path

    assert path is not None
    assert (path / "model.safetensors").is_file()


def test_a_reader_can_be_left_out(tmp_path: Path):
    assert EngineConfig(reader=str(tmp_path), use_reader=False).reader_path is None


def test_passages_are_kept_by_the_processor_alone():
    with pytest.raises(ConfigError, match="device must be cpu"):
        DecodingConfig(passage_folder="kept", device="mps")


def test_what_may_change_a_generator_s_words_is_named():
    assert DecodingConfig().shortcuts == ""
    assert DecodingConfig(max_drafts=0, cache_mb=7).shortcuts == ""
    taken = DecodingConfig(cache_int8=True, decode_keys=512, passage_folder="kept")
    assert taken.shortcuts == "int8-keys+best-512+passages-apart"
