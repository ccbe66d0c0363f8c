"""Rotary positions (Su et al., 2021), in the layout of Hugging Face: halves, not pairs.

Dimension i of a head turns together with dimension i + head_dim/2. Angles are computed
in fp32; long contexts stretch them by one of the published rules, told by the checkpoint.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from inference.errors import ConfigError

Rope = Mapping[str, Any]  # Any: the numbers of config.json's rope_parameters


class RotaryTable:
    """Cosines and signed sines by position, grown as positions are asked for."""

    def __init__(self, head_dim: int, rope: Rope, *, max_positions: int) -> None:
        with torch.device("cpu"):  # a network built without weights still needs its angles
            self._frequencies, self._scale = frequencies(head_dim, rope, max_positions=max_positions)
        self._cos = self._sin = torch.empty(0, head_dim)

    def at(self, positions: Tensor, *, last: int, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """Each [tokens, 1, head_dim], for positions up to ``last``."""
        if last >= len(self._cos):
            self._grow(max(512, 2 * last), positions.device, dtype)
        return self._cos[positions, None], self._sin[positions, None]

    def turn_by(self, distance: int) -> tuple[Tensor, Tensor]:
        """[1, 1, head_dim] float32: what turns a key of position p into that of p + distance."""
        angles = distance * self._frequencies
        cos, sin = angles.cos(), angles.sin()  # without the scale, which the key has already
        return torch.cat((cos, cos))[None, None], torch.cat((-sin, sin))[None, None]

    def _grow(self, num_positions: int, device: torch.device, dtype: torch.dtype) -> None:
        angles = torch.outer(torch.arange(num_positions).float(), self._frequencies)
        cos, sin = angles.cos() * self._scale, angles.sin() * self._scale
        self._cos = torch.cat((cos, cos), -1).to(device, dtype)
        self._sin = torch.cat((-sin, sin), -1).to(device, dtype)


def rotate(heads: Tensor, cos: Tensor, signed_sin: Tensor) -> Tensor:
    """Turn [tokens, heads, head_dim] by its positions' angles."""
    return torch.addcmul(heads * cos, heads.roll(heads.shape[-1] // 2, -1), signed_sin)


def frequencies(head_dim: int, rope: Rope, *, max_positions: int) -> tuple[Tensor, float]:
    """Radians a position, [head_dim / 2], and the factor on cosine and sine."""
    plain = 1.0 / float(rope["rope_theta"]) ** (torch.arange(0, head_dim, 2).float() / head_dim)
    kind = rope.get("rope_type", "default")
    if kind == "default":
        return plain, 1.0
    if kind == "linear":
        return plain / float(rope["factor"]), 1.0
    if kind == "llama3":
        return _llama3(plain, rope, max_positions), 1.0
    if kind == "yarn":
        return _yarn(plain, head_dim, rope, max_positions)
    raise ConfigError(f"rope_type must be default, linear, llama3 or yarn, got {kind}")


def _llama3(plain: Tensor, rope: Rope, max_positions: int) -> Tensor:
    """Slow dimensions stretched, fast ones kept, those between blended (Llama 3.1)."""
    turns = float(rope.get("original_max_position_embeddings") or max_positions) * plain / (2 * math.pi)
    low, high = float(rope["low_freq_factor"]), float(rope["high_freq_factor"])
    kept = ((turns - low) / (high - low)).clamp(0, 1)
    return plain * (kept + (1 - kept) / float(rope["factor"]))


def _yarn(plain: Tensor, head_dim: int, rope: Rope, max_positions: int) -> tuple[Tensor, float]:
    """YaRN (Peng et al., 2023): a ramp over dimensions, and warmer attention."""
    original = float(rope.get("original_max_position_embeddings") or max_positions)
    factor, base = float(rope.get("factor") or max_positions / original), float(rope["rope_theta"])

    def dimension(turns: float) -> float:
        return head_dim * math.log(original / (turns * 2 * math.pi)) / (2 * math.log(base))

    low, high = dimension(float(rope.get("beta_fast") or 32)), dimension(float(rope.get("beta_slow") or 1))
    if rope.get("truncate", True):
        low, high = math.floor(low), math.ceil(high)
    low, high = max(low, 0), min(high, head_dim - 1)
    ramp = ((torch.arange(head_dim // 2).float() - low) / (max(high - low, 0.001))).clamp(0, 1)
    stretched = plain / factor * ramp + plain * (1 - ramp)
    return stretched, float(rope.get("attention_factor") or _warmth(factor, rope))


def _warmth(factor: float, rope: Rope) -> float:
    def scale(weight: float) -> float:
        return 0.1 * weight * math.log(factor) + 1.0 if factor > 1 else 1.0

    if rope.get("mscale") and rope.get("mscale_all_dim"):
        return scale(float(rope["mscale"])) / scale(float(rope["mscale_all_dim"]))
    return scale(1.0)
