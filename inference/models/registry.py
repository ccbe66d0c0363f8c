"""A checkpoint folder → its decoder; the family's file is imported on demand."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import torch

from inference.errors import ConfigError

from .decoder import Decoder, DecoderConfig

FAMILIES = ("llama", "qwen2", "qwen3")  # model_type, and the file here that reads it


def read_decoder_config(folder: Path) -> DecoderConfig:
    """The shape of the network in ``folder``; ConfigError for one that is not served."""
    try:
        stored = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        family = stored["model_type"]
        if family not in FAMILIES:
            raise ConfigError(f"{folder.name} is a {family}; served are {', '.join(FAMILIES)}")
        config: DecoderConfig = import_module(f".{family}", __package__).read_config(stored)
        return config
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{folder}: config.json cannot be read ({error!r})") from error


def load_decoder(folder: Path, *, dtype: torch.dtype) -> Decoder:
    return Decoder.load(folder, read_decoder_config(folder), dtype=dtype)
