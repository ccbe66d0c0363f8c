"""Products whose inputs are rounded to bytes too, where the processor adds four products of bytes at once."""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm
import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from .floats import as_bits, as_float
from .jit import compiled
from .prefetch import AHEAD, LINE, fetch_byte
from .types import Floats, Product

GROUP = 128  # inputs that are rounded by one step
MULTIPLIES_BYTES = bool(llvm.get_host_cpu_features().get("avx512vnni"))  # and adds four products at once

_ZERO = 128  # of a weight as an unsigned byte
_BITS, _PLACE = ir.IntType(32), ir.IntType(64)
_BYTES = ir.VectorType(ir.IntType(8), LINE)
_SUMS = ir.VectorType(_BITS, LINE // 4)
_TOTALS = ir.VectorType(ir.FloatType(), LINE // 4)


@compiled
def rounded(inputs: Floats) -> tuple[NDArray[np.int8], Floats, Floats]:
    """Rows in bytes, to the nearest: ``rows[t, i] * steps[t, i // GROUP]`` is input i of row t.

    ``zeros`` [rows] is what a product has too much once every weight is ``_ZERO`` larger.
    """
    num_rows, num_inputs = inputs.shape
    rows = np.empty((num_rows, num_inputs), np.int8)
    steps = np.empty((num_rows, num_inputs // GROUP), np.float32)
    zeros = np.zeros(num_rows, np.float32)
    for t in range(num_rows):
        for g in range(num_inputs // GROUP):
            values, kept = inputs[t, g * GROUP : (g + 1) * GROUP], rows[t, g * GROUP : (g + 1) * GROUP]
            bits = np.int32(0)
            for i in range(GROUP):
                bits = max(bits, as_bits(values[i]) & np.int32(0x7FFFFFFF))  # without signs integers compare as floats
            step = max(as_float(np.uint32(bits)), np.float32(1e-30)) / np.float32(127)
            for i in range(GROUP):
                kept[i] = np.int8(np.rint(values[i] / step))
            total = np.int32(0)
            for i in range(GROUP):
                total += np.int32(kept[i])
            steps[t, g] = step
            zeros[t] += step * np.float32(_ZERO * total)
    return rows, steps, zeros


@compiled
def multiply_bytes(
    product: Product, first: int, last: int, rows: NDArray[np.int8], steps: Floats, zeros: Floats, out: Floats
) -> None:
    """Outputs [first, last): up to eight rows share each reading of the weights."""
    num_rows = len(rows)
    sums = np.empty(8, np.float32)
    for r in range(first, last):
        for row in range(0, num_rows, 8):
            num_left = min(8, num_rows - row)
            if num_left == 1:
                _dots_1(product.weight, r, rows, steps, row, sums)
            elif num_left <= 4:
                _dots_4(product.weight, r, rows, steps, row, sums)
            else:
                _dots_8(product.weight, r, rows, steps, row, sums)
            for t in range(row, row + num_left):
                out[t, r] = (sums[t - row] - zeros[t]) * product.scales[r] + product.bias[r]


def _dots_of_bytes(num_rows: int) -> Any:
    """``f(weight, r, rows, steps, row, sums)``: weight row r, each ``_ZERO`` larger, times rows [row, row + num_rows),
    the last one again where there are fewer, into ``sums``."""

    def typed(_: Any, weight: Any, r: Any, rows: Any, steps: Any, row: Any, sums: Any) -> Any:
        def dots(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            def start_of(number: int, line: Any) -> Any:
                kind = signature.args[number]
                array = context.make_array(kind)(context, builder, args[number])
                return cgutils.get_item_pointer(context, builder, kind, array, [line, _PLACE(0)], wraparound=False)

            inputs = context.make_array(signature.args[2])(context, builder, args[2])
            num_there, num_inputs = cgutils.unpack_tuple(builder, inputs.shape)
            end = builder.sub(num_there, _PLACE(1))
            lines = [builder.add(args[4], _PLACE(t)) for t in range(num_rows)]
            lines = [builder.select(builder.icmp_signed("<", line, end), line, end) for line in lines]
            found = _sums_of_groups(
                builder,
                start_of(0, args[1]),
                [start_of(2, line) for line in lines],
                [start_of(3, line) for line in lines],
                num_groups=builder.sdiv(num_inputs, _PLACE(GROUP)),
            )
            kind, out = signature.args[5], context.make_array(signature.args[5])(context, builder, args[5])
            place = cgutils.get_item_pointer(context, builder, kind, out, [_PLACE(0)], wraparound=False)
            builder.store(found, builder.bitcast(place, found.type.as_pointer()), align=4)
            return context.get_dummy_value()

        return numba.void(weight, numba.int64, rows, steps, numba.int64, sums), dots

    typed.__name__ = typed.__qualname__ = f"dots_of_bytes_{num_rows}"
    return intrinsic(typed)


def _sums_of_groups(builder: Any, weight: Any, rows: list[Any], steps: list[Any], *, num_groups: Any) -> Any:
    """The loop over groups: integers within one, times its step, float32 among them; a vector of a sum a row."""
    before, loop, after = builder.block, builder.append_basic_block("group"), builder.append_basic_block("groups_done")
    builder.branch(loop)
    builder.position_at_end(loop)
    group = builder.phi(_PLACE)
    group.add_incoming(_PLACE(0), before)
    totals = [builder.phi(_TOTALS) for _ in rows]
    sums = [ir.Constant(_SUMS, None) for _ in rows]
    for line in range(0, GROUP, LINE):
        at = builder.add(builder.mul(group, _PLACE(GROUP)), _PLACE(line))
        fetch_byte(builder, builder.gep(weight, [builder.add(at, _PLACE(AHEAD))]))
        unsigned = builder.xor(_bytes_at(builder, weight, at), ir.Constant(_BYTES, [-_ZERO] * LINE))
        sums = [
            _added_dots(builder, own, unsigned, _bytes_at(builder, row, at))
            for own, row in zip(sums, rows, strict=True)
        ]
    added = []
    for total, own, step in zip(totals, sums, steps, strict=True):
        factor = _in_all_lanes(builder, builder.load(builder.gep(step, [group])))
        product = builder.fmul(builder.sitofp(own, _TOTALS), factor, flags=("fast",))
        added.append(builder.fadd(total, product, flags=("fast",)))
        total.add_incoming(ir.Constant(_TOTALS, None), before)
        total.add_incoming(added[-1], loop)
    following = builder.add(group, _PLACE(1))
    group.add_incoming(following, loop)
    builder.cbranch(builder.icmp_signed("<", following, num_groups), loop, after)
    builder.position_at_end(after)
    return _over_lanes(builder, added)


def _added_dots(builder: Any, sums: Any, unsigned: Any, signed: Any) -> Any:
    """Sixteen sums, to each of which four products of bytes are added."""
    if MULTIPLIES_BYTES:
        kind = ir.FunctionType(_SUMS, [_SUMS, _SUMS, _SUMS])
        call = cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.avx512.vpdpbusd.512")
        return builder.call(call, [sums, builder.bitcast(unsigned, _SUMS), builder.bitcast(signed, _SUMS)])
    wide = ir.VectorType(_BITS, LINE)
    kind = ir.FunctionType(_SUMS, [_SUMS, wide])
    call = cgutils.get_or_insert_function(builder.module, kind, "llvm.vector.partial.reduce.add.v16i32.v64i32")
    return builder.call(call, [sums, builder.mul(builder.zext(unsigned, wide), builder.sext(signed, wide))])


def _over_lanes(builder: Any, totals: list[Any]) -> Any:
    """Each vector's lanes summed, into a vector of as many numbers: two at a time, so that no lane is idle.

    A sum's halves are added until it is one lane wide, in the same order whatever the number of vectors.
    """
    num_sums, width = len(totals), _TOTALS.count
    while width > 1:
        pairs = list(zip(totals[::2], totals[1::2], strict=True)) if len(totals) > 1 else [(totals[0], totals[0])]
        half = [lane + i for lane in range(0, 2 * _TOTALS.count, width) for i in range(width // 2)]
        low, high = (ir.Constant(_SUMS, lanes) for lanes in (half, [lane + width // 2 for lane in half]))
        totals = [
            builder.fadd(builder.shuffle_vector(one, other, low), builder.shuffle_vector(one, other, high))
            for one, other in pairs
        ]
        width //= 2
    first = ir.Constant(ir.VectorType(_BITS, num_sums), list(range(num_sums)))
    return builder.shuffle_vector(totals[0], ir.Constant(_TOTALS, ir.Undefined), first)


def _bytes_at(builder: Any, start: Any, place: Any) -> Any:
    return builder.load(builder.bitcast(builder.gep(start, [place]), _BYTES.as_pointer()), align=1)


def _in_all_lanes(builder: Any, number: Any) -> Any:
    first = builder.insert_element(ir.Constant(_TOTALS, ir.Undefined), number, _BITS(0))
    return builder.shuffle_vector(first, ir.Constant(_TOTALS, ir.Undefined), ir.Constant(_SUMS, None))


_dots_1, _dots_4, _dots_8 = _dots_of_bytes(1), _dots_of_bytes(4), _dots_of_bytes(8)
