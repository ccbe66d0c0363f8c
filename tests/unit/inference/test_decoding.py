"""A generator's parts stand on the device that the configuration names."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from inference.config import DecodingConfig
from inference.decoding import Decoding
from inference.device import Device
from inference.errors import ConfigError
from tests.tiny_decoders import write_generator


def test_weights_and_cache_are_put_on_the_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A device without numbers stands in."""
    monkeypatch.setattr(Device, "open", lambda kind: Device(kind))

    loaded = Decoding.load(write_generator(tmp_path), DecodingConfig(device="meta", cache_mb=1, precision="int8"))

    model, storage = loaded.runner._model, loaded.runner._storage
    assert {(parameter.device.type, parameter.dtype) for parameter in model.parameters()} == {("meta", torch.bfloat16)}
    assert storage.read(0, torch.zeros(1, dtype=torch.int64, device="meta"))[0].device.type == "meta"


def test_a_device_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match="a device is one of"):
        Decoding.load(write_generator(tmp_path), DecodingConfig(device="abacus"))


def test_a_block_more_is_kept_than_sequences_may_hold(tmp_path: Path):
    loaded = Decoding.load(write_generator(tmp_path), DecodingConfig(cache_mb=1))

    blocks = loaded.scheduler._cache.pool.num_blocks

    assert loaded.runner._storage.layout.num_blocks == blocks + 1
