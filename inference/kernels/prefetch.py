"""Weights asked for before they are needed: left alone, the memory is waited for at each row of them."""

from __future__ import annotations

from typing import Any

import numba
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic

AHEAD, LINE = 16_384, 64  # bytes of weights: fetched before, fetched at once
_BITS = ir.IntType(32)


@intrinsic
def fetch(_: Any, weight: Any, row: Any, column: Any) -> Any:
    """Ask for the cache line of a weight, which may lie beyond the array: that does nothing."""

    def prefetch(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(weight)(context, builder, args[0])
        place = cgutils.get_item_pointer(context, builder, weight, array, list(args[1:]), wraparound=False)
        fetch_byte(builder, place)
        return context.get_dummy_value()

    return numba.void(weight, numba.int64, numba.int64), prefetch


def fetch_byte(builder: Any, place: Any) -> None:
    byte = builder.bitcast(place, ir.IntType(8).as_pointer())
    kind = ir.FunctionType(ir.VoidType(), [byte.type, _BITS, _BITS, _BITS])
    call = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
    builder.call(call, [byte, _BITS(0), _BITS(3), _BITS(1)])  # to be read, kept in every cache, data
