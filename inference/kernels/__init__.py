"""Loops over weights, keys and states, compiled by Numba for the processor they run on: what a decoder's step of few
rows is, and what stands between an encoder's products.

A decoded token reads every weight once, so its time is the memory's if nothing else takes any. Weights are read in
the byte they are kept in and widened in registers; a layer is one call, where torch's operators would be thirty.
Nothing here knows torch: arrays are NumPy's over the same memory, and bfloat16 is its bits in uint16.
"""

from .byte_products import GROUP, MULTIPLIES_BYTES
from .decoder_layer import normalize, run_layer
from .encoder_passes import add_and_normalize, attention_weights, count_steps, lay_side_by_side, pack
from .jit import use_threads
from .products import multiply
from .types import Floats, Layer, Product, Rows

__all__ = [
    "GROUP",
    "MULTIPLIES_BYTES",
    "Floats",
    "Layer",
    "Product",
    "Rows",
    "add_and_normalize",
    "attention_weights",
    "count_steps",
    "lay_side_by_side",
    "multiply",
    "normalize",
    "pack",
    "run_layer",
    "use_threads",
]
