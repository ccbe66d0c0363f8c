"""Qwen2 and Qwen2.5 (Yang et al., 2024): queries, keys and values with a bias."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .decoder import DecoderConfig


def read_config(stored: Mapping[str, Any]) -> DecoderConfig:
    """What a Qwen2's config.json means. Any: JSON."""
    return DecoderConfig.of(stored, qkv_bias=True, output_bias=False, mlp_bias=False, qk_norm=False)
