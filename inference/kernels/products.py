"""Products of few rows with INT8 weights, which are widened in registers: as fast as they are read."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from .byte_products import multiply_bytes, rounded
from .jit import compiled, inlined, threaded
from .prefetch import AHEAD, LINE, fetch
from .types import Floats, Product

_PART = 64  # outputs that a thread is given at once
_STRETCH = 1024  # bytes of weights that are read in one go


@threaded
def multiply(product: Product, inputs: Floats, out: Floats) -> None:
    """``inputs`` [rows, inputs] through ``product`` into ``out`` [rows, outputs]; outputs are dealt to the threads."""
    num_outputs = len(product.scales)
    if product.rounds_inputs:
        rows, steps, zeros = rounded(inputs)
        for part in numba.prange(-(-num_outputs // _PART)):
            multiply_bytes(product, part * _PART, min(num_outputs, (part + 1) * _PART), rows, steps, zeros, out)
    else:
        for part in numba.prange(-(-num_outputs // _PART)):
            _multiply_some(product, part * _PART, min(num_outputs, (part + 1) * _PART), inputs, out)


@compiled
def _multiply_some(product: Product, first: int, last: int, inputs: Floats, out: Floats) -> None:
    """Outputs [first, last): four rows share each reading of the weights; one that is left over goes by itself."""
    num_rows = len(inputs)
    num_shared = num_rows - num_rows % 4 if num_rows % 4 <= 1 else num_rows
    if num_shared:
        for r in range(first, last, 2):
            for row in range(0, num_shared, 4):
                _four_rows(product, r, min(r + 1, last - 1), row, inputs, out)  # an odd last one twice
    for row in range(num_shared, num_rows):
        for r in range(first, last):
            total = np.float32(0)
            for at in range(0, inputs.shape[1], _STRETCH):
                weight = product.weight[r, at : at + _STRETCH]
                _fetch_ahead(product.weight, r, at)
                total += _dot(weight, inputs[row, at : at + _STRETCH])
            out[row, r] = total * product.scales[r] + product.bias[r]


@inlined
def _four_rows(product: Product, r: int, s: int, row: int, inputs: Floats, out: Floats) -> None:
    """Outputs r and s of rows [row, row + 4), the last of them repeated where there are fewer."""
    end = len(inputs) - 1
    second, third, fourth = min(row + 1, end), min(row + 2, end), min(row + 3, end)
    a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = np.float32(0)
    for at in range(0, inputs.shape[1], _STRETCH):
        if row == 0:
            _fetch_ahead(product.weight, r, at)
            _fetch_ahead(product.weight, s, at)
        v, w = product.weight[r, at : at + _STRETCH], product.weight[s, at : at + _STRETCH]
        x0, x1 = inputs[row, at : at + _STRETCH], inputs[second, at : at + _STRETCH]
        x2, x3 = inputs[third, at : at + _STRETCH], inputs[fourth, at : at + _STRETCH]
        sums = _eight_dots(v, w, x0, x1, x2, x3)
        a0, a1, a2, a3 = a0 + sums[0], a1 + sums[1], a2 + sums[2], a3 + sums[3]
        b0, b1, b2, b3 = b0 + sums[4], b1 + sums[5], b2 + sums[6], b3 + sums[7]
    for t, a, b in ((row, a0, b0), (second, a1, b1), (third, a2, b2), (fourth, a3, b3)):
        out[t, r] = a * product.scales[r] + product.bias[r]
        out[t, s] = b * product.scales[s] + product.bias[s]


@inlined
def _dot(weight: NDArray[np.int8], inputs: Floats) -> Any:
    total = np.float32(0)
    for i in range(len(weight)):
        total += np.float32(weight[i]) * inputs[i]
    return total


@inlined
def _eight_dots(v: NDArray[np.int8], w: NDArray[np.int8], x0: Floats, x1: Floats, x2: Floats, x3: Floats) -> Any:
    """Of v, then of w, with each of the four."""
    a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = np.float32(0)
    for i in range(len(v)):
        p, q = np.float32(v[i]), np.float32(w[i])
        a0 += p * x0[i]
        a1 += p * x1[i]
        a2 += p * x2[i]
        a3 += p * x3[i]
        b0 += q * x0[i]
        b1 += q * x1[i]
        b2 += q * x2[i]
        b3 += q * x3[i]
    return a0, a1, a2, a3, b0, b1, b2, b3


@inlined
def _fetch_ahead(weight: NDArray[np.int8], r: int, at: int) -> None:
    """Ask the memory for what comes ``AHEAD`` bytes behind this stretch: left alone, it is waited for at each row."""
    for i in range(at, min(at + _STRETCH, weight.shape[1]), LINE):
        fetch(weight, r, i + AHEAD)
