"""Llama 2 and 3 (Touvron et al., 2023; Grattafiori et al., 2024), and what is built like them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .decoder import DecoderConfig


def read_config(stored: Mapping[str, Any]) -> DecoderConfig:
    """What a Llama's config.json means. Any: JSON."""
    bias = stored.get("attention_bias", False)
    return DecoderConfig.of(
        stored, qkv_bias=bias, output_bias=bias, mlp_bias=stored.get("mlp_bias", False), qk_norm=False
    )
