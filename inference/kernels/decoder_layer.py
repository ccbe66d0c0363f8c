"""A decoder's layer of few rows: one call, where torch's operators would be thirty."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from .floats import exp, narrowed, softmax, widened
from .jit import compiled, threaded
from .products import multiply
from .types import Floats, Keys, Layer, Rows


@compiled
def run_layer(layer: Layer, eps: float, kept: Keys, rows: Rows, hidden: Floats) -> None:
    """Let ``hidden`` [rows, size] go through a layer, in place.

    ``kept`` [2, kv_heads, blocks, positions, head_dim] holds the layer's keys and values; the rows' own are written.
    """
    num_rows = len(hidden)
    _, kv_heads, _, _, head_dim = kept.shape
    num_heads = len(layer.qkv.scales) // head_dim - 2 * kv_heads
    normed, added = np.empty_like(hidden), np.empty_like(hidden)

    projected = np.empty((num_rows, len(layer.qkv.scales)), np.float32)
    normalize(hidden, layer.attention_norm, eps, normed)
    multiply(layer.qkv, normed, projected)
    heads = projected.reshape(num_rows, num_heads + 2 * kv_heads, head_dim)
    for t in range(num_rows):
        turn = rows.cos[t], rows.signed_sin[t]
        _turn(heads[t, :num_heads], layer.query_norm, eps, turn, np.float32(1 / np.sqrt(head_dim)))
        _turn(heads[t, num_heads : num_heads + kv_heads], layer.key_norm, eps, turn, np.float32(1))
        _keep(heads[t, num_heads:], rows.slots[t], kept)

    mixed = np.empty((num_rows, num_heads * head_dim), np.float32)
    _attend(heads, kept, rows, mixed.reshape(num_rows, num_heads, head_dim))
    multiply(layer.output, mixed, added)
    hidden += added

    both = np.empty((num_rows, len(layer.gate_up.scales)), np.float32)
    normalize(hidden, layer.mlp_norm, eps, normed)
    multiply(layer.gate_up, normed, both)
    multiply(layer.down, _gated(both), added)
    hidden += added


@compiled
def normalize(hidden: Floats, weight: Floats, eps: float, out: Floats) -> None:
    """Root mean square norm of each row."""
    num_rows, size = hidden.shape
    for t in range(num_rows):
        total = np.float32(0)
        for i in range(size):
            total += hidden[t, i] * hidden[t, i]
        factor = np.float32(1) / np.sqrt(total / np.float32(size) + np.float32(eps))
        for i in range(size):
            out[t, i] = hidden[t, i] * factor * weight[i]


@compiled
def _turn(heads: Floats, weight: Floats, eps: float, turn: tuple[Floats, Floats], scale: Any) -> None:
    """Normalise heads [heads, head_dim] where there is a weight for it, then turn them by their position's angles."""
    cos, signed_sin = turn
    num_heads, head_dim = heads.shape
    half = head_dim // 2
    if len(weight):
        normalize(heads, weight, eps, heads)
    for h in range(num_heads):
        for i in range(half):
            a, b = heads[h, i], heads[h, i + half]
            heads[h, i] = (a * cos[i] + b * signed_sin[i]) * scale
            heads[h, i + half] = (b * cos[i + half] + a * signed_sin[i + half]) * scale


@compiled
def _keep(heads: Floats, slot: int, kept: Keys) -> None:
    """Write a row's keys and values [2 · kv_heads, head_dim] to its slot."""
    _, kv_heads, _, block_size, head_dim = kept.shape
    block, place = slot // block_size, slot % block_size
    for h in range(kv_heads):
        for i in range(head_dim):
            kept[0, h, block, place, i] = narrowed(heads[h, i], kept[0, h, block, place, i])
            kept[1, h, block, place, i] = narrowed(heads[kv_heads + h, i], kept[1, h, block, place, i])


@compiled
def _gated(both: Floats) -> Floats:
    """SwiGLU of gate and up, [rows, 2 · inner], the gate's first."""
    num_rows, inner = both.shape[0], both.shape[1] // 2
    out = np.empty((num_rows, inner), np.float32)
    for t in range(num_rows):
        for i in range(inner):
            gate = both[t, i]
            out[t, i] = gate / (np.float32(1) + exp(-gate)) * both[t, inner + i]
    return out


@threaded
def _attend(queries: Floats, kept: Keys, rows: Rows, out: Floats) -> None:
    """Each row's queries over its keys, into ``out`` [rows, heads, head_dim]; heads that share a key widen it once.

    ``queries`` are scaled, and may have more heads behind: cut off, they would not lie in one piece, and loops over
    them would not run in lanes.
    """
    num_rows, num_heads, head_dim = out.shape
    kv_heads, block_size = kept.shape[1], kept.shape[3]
    shared = num_heads // kv_heads
    for job in numba.prange(num_rows * kv_heads):
        t, h = job // kv_heads, job % kv_heads
        end = rows.ends[t]
        scores, wide = np.empty((shared, end), np.float32), np.empty(head_dim, np.float32)
        for p in range(end):
            key = kept[0, h, rows.tables[t, p // block_size], p % block_size]
            for i in range(head_dim):
                wide[i] = widened(key[i])
            for g in range(shared):
                score = np.float32(0)
                for i in range(head_dim):
                    score += queries[t, h * shared + g, i] * wide[i]
                scores[g, p] = score
        for g in range(shared):
            softmax(scores[g])
            for i in range(head_dim):
                out[t, h * shared + g, i] = np.float32(0)
        for p in range(end):
            value = kept[1, h, rows.tables[t, p // block_size], p % block_size]
            for i in range(head_dim):
                wide[i] = widened(value[i])
            for g in range(shared):
                share = scores[g, p]
                for i in range(head_dim):
                    out[t, h * shared + g, i] += share * wide[i]
