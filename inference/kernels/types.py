"""What the loops are given: arrays by their kind, and weights as they are read."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
Keys = NDArray[Any]  # float32, or uint16 for bfloat16


class Product(NamedTuple):
    """A linear layer in INT8: weight [outputs, inputs] int8, scale and bias [outputs] float32.

    ``rounds_inputs``: they are bytes too while they are multiplied, by a step for each `GROUP` of them, of which
    there is a whole number. It pays where the processor ``MULTIPLIES_BYTES``.
    """

    weight: NDArray[np.int8]
    scales: Floats
    bias: Floats
    rounds_inputs: bool


class Layer(NamedTuple):
    """A pre-norm decoder layer's weights; the norms of heads are empty where it has none."""

    attention_norm: Floats
    qkv: Product
    query_norm: Floats
    key_norm: Floats
    output: Product
    mlp_norm: Floats
    gate_up: Product
    down: Product


class Rows(NamedTuple):
    """What a step's rows are: row t writes ``slots[t]`` and sees the first ``ends[t]`` keys of its block table."""

    cos: Floats  # [rows, head_dim]
    signed_sin: Floats  # [rows, head_dim]
    slots: Integers  # [rows]
    ends: Integers  # [rows]
    tables: Integers  # [rows, blocks]
