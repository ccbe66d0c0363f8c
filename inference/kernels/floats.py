"""Single numbers: float32 and bfloat16 as bits, the exponential, and the softmax made of them."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.extending import intrinsic

from .jit import compiled, inlined
from .types import Floats

_BITS = ir.IntType(32)


@intrinsic
def as_float(_: Any, bits: Any) -> Any:  # Any: Numba's and LLVM's types, here and below
    """The float32 whose bits a uint32 holds."""

    def bitcast(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.FloatType())

    return numba.float32(numba.uint32), bitcast


@intrinsic
def as_bits(_: Any, number: Any) -> Any:
    """The bits of a float32, as an int32."""

    def bitcast(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], _BITS)

    return numba.int32(numba.float32), bitcast


@intrinsic
def widened(_: Any, kept: Any) -> Any:
    """A kept number as float32."""

    def from_bfloat16(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        bits = builder.zext(args[0], _BITS)
        return builder.bitcast(builder.shl(bits, _BITS(16)), ir.FloatType())

    def itself(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return args[0]

    return numba.float32(kept), from_bfloat16 if kept == numba.uint16 else itself


@intrinsic
def narrowed(_: Any, number: Any, like: Any) -> Any:
    """A float32 as it is kept, in the type of ``like``; bfloat16 is rounded to the nearest, and to even."""

    def to_bfloat16(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        bits = builder.bitcast(args[0], _BITS)
        is_odd = builder.and_(builder.lshr(bits, _BITS(16)), _BITS(1))
        rounded = builder.add(builder.add(bits, _BITS(0x7FFF)), is_odd)
        return builder.trunc(builder.lshr(rounded, _BITS(16)), ir.IntType(16))

    def itself(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return args[0]

    return like(numba.float32, like), to_bfloat16 if like == numba.uint16 else itself


@compiled
def exp(x: Any) -> Any:
    """Of a float32, to two units in its last place: Cephes' expf, which loops of it let the processor run in lanes."""
    x = min(max(x, np.float32(-87.0)), np.float32(88.0))
    n = np.floor(x * np.float32(1.44269504) + np.float32(0.5))
    r = x - n * np.float32(0.693359375) + n * np.float32(2.12194440e-4)
    p = np.float32(1.9875691500e-4)
    p = p * r + np.float32(1.3981999507e-3)
    p = p * r + np.float32(8.3334519073e-3)
    p = p * r + np.float32(4.1665795894e-2)
    p = p * r + np.float32(1.6666665459e-1)
    p = p * r + np.float32(5.0000001201e-1)
    p = p * r * r + r + np.float32(1)
    return p * as_float(np.uint32(np.int32(n) + np.int32(127)) << np.uint32(23))


@inlined
def softmax(scores: Floats) -> None:
    largest, total = _largest(scores), np.float32(0)
    for p in range(len(scores)):
        weight = exp(scores[p] - largest)
        scores[p] = weight
        total += weight
    share = np.float32(1) / total
    for p in range(len(scores)):
        scores[p] *= share


@inlined
def _largest(numbers: Floats) -> Any:
    """The largest, found among integers of the same order: those are compared in lanes, and floats are not."""
    largest = np.int32(-(2**31))
    for p in range(len(numbers)):
        bits = as_bits(numbers[p])
        largest = max(largest, bits ^ ((bits >> np.int32(31)) & np.int32(2**31 - 1)))
    return as_float(np.uint32(largest ^ ((largest >> np.int32(31)) & np.int32(2**31 - 1))))
