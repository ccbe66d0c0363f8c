"""Qwen3 (Yang et al., 2025): every query and key head normalised before it is rotated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .decoder import DecoderConfig


def read_config(stored: Mapping[str, Any]) -> DecoderConfig:
    """What a Qwen3's config.json means. Any: JSON."""
    bias = stored.get("attention_bias", False)
    return DecoderConfig.of(stored, qkv_bias=bias, output_bias=bias, mlp_bias=False, qk_norm=True)
