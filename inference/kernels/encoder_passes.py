"""What stands between an encoder's products: rows laid side by side and packed, softmax, norms, rounding."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from .floats import narrowed, softmax, widened
from .jit import threaded
from .types import Floats, Integers, Keys

_ROWS = 16  # that a thread is given at once


@threaded
def lay_side_by_side(projected: Keys, starts: Integers, lengths: Integers, parts: Keys) -> None:
    """Packed rows' queries, keys and values [tokens, 3 · size] → ``parts`` [3, rows · heads, longest, head_dim].

    Row r is tokens [``starts[r]``, ``starts[r] + lengths[r]``); what lies behind a shorter one is set to 0.
    """
    _, num_matrices, longest, head_dim = parts.shape
    num_rows = len(lengths)
    num_heads = num_matrices // num_rows
    for r in numba.prange(num_rows):
        for part in range(3 * num_heads):
            there = parts[part // num_heads, r * num_heads + part % num_heads]
            for t in range(lengths[r]):
                source, line = projected[starts[r] + t, part * head_dim : (part + 1) * head_dim], there[t]
                for i in range(head_dim):
                    line[i] = source[i]
            for t in range(lengths[r], longest):
                line = there[t]
                for i in range(head_dim):
                    line[i] = 0


@threaded
def pack(mixed: Keys, starts: Integers, lengths: Integers, out: Keys) -> None:
    """The way back: ``mixed`` [rows · heads, longest, head_dim] → ``out`` [tokens, size], without what lies behind."""
    num_matrices, _, head_dim = mixed.shape
    num_rows = len(lengths)
    num_heads = num_matrices // num_rows
    for r in numba.prange(num_rows):
        for h in range(num_heads):
            for t in range(lengths[r]):
                source, line = mixed[r * num_heads + h, t], out[starts[r] + t, h * head_dim : (h + 1) * head_dim]
                for i in range(head_dim):
                    line[i] = source[i]


@threaded
def add_and_normalize(hidden: Floats, added: Keys, weight: Floats, bias: Floats, eps: float, out: Floats) -> None:
    """Layer norm (Ba et al., 2016) of each row of ``hidden`` and ``added``'s sum, all [tokens, size]."""
    num_rows, size = hidden.shape
    for part in numba.prange(-(-num_rows // _ROWS)):
        for t in range(part * _ROWS, min(num_rows, (part + 1) * _ROWS)):
            old, more, row = hidden[t], added[t], out[t]
            total, squares = np.float32(0), np.float32(0)
            for i in range(size):
                row[i] = old[i] + widened(more[i])
                total += row[i]
            mean = total / np.float32(size)
            for i in range(size):
                squares += (row[i] - mean) * (row[i] - mean)
            factor = np.float32(1) / np.sqrt(squares / np.float32(size) + np.float32(eps))
            for i in range(size):
                row[i] = (row[i] - mean) * factor * weight[i] + bias[i]


@threaded
def count_steps(inputs: Keys, per_step: Floats, zero: int, out: NDArray[np.uint8]) -> None:
    """``inputs`` [rows, inputs] in whole steps from ``zero``, to the nearest, as far as a byte reaches.

    ``per_step`` [inputs] is one over a step.
    """
    num_rows, num_inputs = inputs.shape
    lowest, highest = np.float32(-zero), np.float32(255 - zero)
    for part in numba.prange(-(-num_rows // _ROWS)):
        for t in range(part * _ROWS, min(num_rows, (part + 1) * _ROWS)):
            row, line = inputs[t], out[t]
            for i in range(num_inputs):
                counted = min(max(np.rint(widened(row[i]) * per_step[i]), lowest), highest)
                line[i] = np.uint8(np.int32(counted) + np.int32(zero))


@threaded
def attention_weights(scores: Keys, lengths: Integers) -> None:
    """Softmax in place of ``scores`` [matrices, queries, keys]; the first ``lengths`` [matrices] both ways are real.

    Other keys weigh nothing; the rows of other queries are left as they are.
    """
    num_matrices, _, num_keys = scores.shape
    for m in numba.prange(num_matrices):
        length = lengths[m]
        wide = np.empty(length, np.float32)
        for q in range(length):
            row = scores[m, q]
            for k in range(length):
                wide[k] = widened(row[k])
            softmax(wide)
            for k in range(length):
                row[k] = narrowed(wide[k], row[k])
            for k in range(length, num_keys):
                row[k] = narrowed(np.float32(0), row[k])
