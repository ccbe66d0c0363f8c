"""Loops over weights, keys and states, compiled by Numba for the processor they run on: what a decoder's step of few
rows is, and what stands between an encoder's products.

A decoded token reads every weight once, so its time is the memory's if nothing else takes any. Weights are read in
the byte they are kept in and widened in registers; a layer is one call, where torch's operators would be thirty.
Nothing here knows torch: arrays are NumPy's over the same memory, and bfloat16 is its bits in uint16.

All of it is one file: Numba's cache on disk knows a function by its own file alone, not by those of what it calls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import llvmlite.binding as llvm
import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
Keys = NDArray[Any]  # float32, or uint16 for bfloat16
Function = TypeVar("Function", bound=Callable[..., Any])

_PART, _ROWS = 64, 16  # outputs, and rows, that a thread is given at once
_STRETCH, _AHEAD, _LINE = 1024, 16_384, 64  # bytes of weights: read in one go, fetched before, fetched at once
GROUP = 128  # inputs that are rounded by one step
_ZERO = 128  # of a weight as an unsigned byte
_BITS, _PLACE = ir.IntType(32), ir.IntType(64)
_BYTES = ir.VectorType(ir.IntType(8), _LINE)
_SUMS = ir.VectorType(_BITS, _LINE // 4)
_TOTALS = ir.VectorType(ir.FloatType(), _LINE // 4)

MULTIPLIES_BYTES = bool(llvm.get_host_cpu_features().get("avx512vnni"))  # and adds four products at once


class Product(NamedTuple):
    """A linear layer in INT8: weight [outputs, inputs] int8, scale and bias [outputs] float32.

    ``rounds_inputs``: they are bytes too while they are multiplied, by a step for each ``GROUP`` of them, of which
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


def compiled(function: Function) -> Function:
    """For this processor, once: kept on disk where a folder for it can be written."""
    return _jit(function)


def threaded(function: Function) -> Function:
    """As `compiled`; what goes by `numba.prange` is dealt to threads."""
    return _jit(function, parallel=True)


def inlined(function: Function) -> Function:
    """As `compiled`, and part of each loop that calls it."""
    return _jit(function, forceinline=True)


def _jit(function: Function, **more: bool) -> Function:
    how = {"fastmath": True, "nogil": True, "error_model": "numpy", **more}
    try:
        return numba.njit(function, cache=True, **how)  # type: ignore[no-any-return]
    except RuntimeError:
        return numba.njit(function, **how)  # type: ignore[no-any-return]


def use_threads(number: int) -> None:
    """From now on, in the calling thread; no more than Numba was started with."""
    numba.set_num_threads(min(number, numba.config.NUMBA_NUM_THREADS))


# Numbers --------------------------------------------------------------------------------------------------------------


@intrinsic
def _as_float(_: Any, bits: Any) -> Any:  # Any: Numba's and LLVM's types, here and below
    """The float32 whose bits a uint32 holds."""

    def bitcast(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.FloatType())

    return numba.float32(numba.uint32), bitcast


@intrinsic
def _as_bits(_: Any, number: Any) -> Any:
    """The bits of a float32, as an int32."""

    def bitcast(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], _BITS)

    return numba.int32(numba.float32), bitcast


@intrinsic
def _widened(_: Any, kept: Any) -> Any:
    """A kept number as float32."""

    def from_bfloat16(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        bits = builder.zext(args[0], _BITS)
        return builder.bitcast(builder.shl(bits, _BITS(16)), ir.FloatType())

    def itself(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return args[0]

    return numba.float32(kept), from_bfloat16 if kept == numba.uint16 else itself


@intrinsic
def _narrowed(_: Any, number: Any, like: Any) -> Any:
    """A float32 as it is kept, in the type of ``like``; bfloat16 is rounded to the nearest, and to even."""

    def to_bfloat16(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        bits = builder.bitcast(args[0], _BITS)
        is_odd = builder.and_(builder.lshr(bits, _BITS(16)), _BITS(1))
        rounded = builder.add(builder.add(bits, _BITS(0x7FFF)), is_odd)
        return builder.trunc(builder.lshr(rounded, _BITS(16)), ir.IntType(16))

    def itself(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return args[0]

    return like(numba.float32, like), to_bfloat16 if like == numba.uint16 else itself


@intrinsic
def _fetch(_: Any, weight: Any, row: Any, column: Any) -> Any:
    """Ask for the cache line of a weight, which may lie beyond the array: that does nothing."""

    def prefetch(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(weight)(context, builder, args[0])
        place = cgutils.get_item_pointer(context, builder, weight, array, list(args[1:]), wraparound=False)
        _fetch_byte(builder, place)
        return context.get_dummy_value()

    return numba.void(weight, numba.int64, numba.int64), prefetch


def _fetch_byte(builder: Any, place: Any) -> None:
    byte = builder.bitcast(place, ir.IntType(8).as_pointer())
    kind = ir.FunctionType(ir.VoidType(), [byte.type, _BITS, _BITS, _BITS])
    call = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
    builder.call(call, [byte, _BITS(0), _BITS(3), _BITS(1)])  # to be read, kept in every cache, data


@compiled
def _exp(x: Any) -> Any:
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
    return p * _as_float(np.uint32(np.int32(n) + np.int32(127)) << np.uint32(23))


# Products -------------------------------------------------------------------------------------------------------------


@threaded
def multiply(product: Product, inputs: Floats, out: Floats) -> None:
    """``inputs`` [rows, inputs] through ``product`` into ``out`` [rows, outputs]; outputs are dealt to the threads."""
    num_outputs = len(product.scales)
    if product.rounds_inputs:
        rows, steps, zeros = _rounded(inputs)
        for part in numba.prange(-(-num_outputs // _PART)):
            _multiply_bytes(product, part * _PART, min(num_outputs, (part + 1) * _PART), rows, steps, zeros, out)
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
    """Ask the memory for what comes ``_AHEAD`` bytes behind this stretch: left alone, it is waited for at each row."""
    for i in range(at, min(at + _STRETCH, weight.shape[1]), _LINE):
        _fetch(weight, r, i + _AHEAD)


# Products of bytes ----------------------------------------------------------------------------------------------------


@compiled
def _rounded(inputs: Floats) -> tuple[NDArray[np.int8], Floats, Floats]:
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
                bits = max(bits, _as_bits(values[i]) & np.int32(0x7FFFFFFF))  # without signs integers compare as floats
            step = max(_as_float(np.uint32(bits)), np.float32(1e-30)) / np.float32(127)
            for i in range(GROUP):
                kept[i] = np.int8(np.rint(values[i] / step))
            total = np.int32(0)
            for i in range(GROUP):
                total += np.int32(kept[i])
            steps[t, g] = step
            zeros[t] += step * np.float32(_ZERO * total)
    return rows, steps, zeros


@compiled
def _multiply_bytes(
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
    for line in range(0, GROUP, _LINE):
        at = builder.add(builder.mul(group, _PLACE(GROUP)), _PLACE(line))
        _fetch_byte(builder, builder.gep(weight, [builder.add(at, _PLACE(_AHEAD))]))
        unsigned = builder.xor(_bytes_at(builder, weight, at), ir.Constant(_BYTES, [-_ZERO] * _LINE))
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
    wide = ir.VectorType(_BITS, _LINE)
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


# A layer --------------------------------------------------------------------------------------------------------------


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
            kept[0, h, block, place, i] = _narrowed(heads[h, i], kept[0, h, block, place, i])
            kept[1, h, block, place, i] = _narrowed(heads[kv_heads + h, i], kept[1, h, block, place, i])


@compiled
def _gated(both: Floats) -> Floats:
    """SwiGLU of gate and up, [rows, 2 · inner], the gate's first."""
    num_rows, inner = both.shape[0], both.shape[1] // 2
    out = np.empty((num_rows, inner), np.float32)
    for t in range(num_rows):
        for i in range(inner):
            gate = both[t, i]
            out[t, i] = gate / (np.float32(1) + _exp(-gate)) * both[t, inner + i]
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
                wide[i] = _widened(key[i])
            for g in range(shared):
                score = np.float32(0)
                for i in range(head_dim):
                    score += queries[t, h * shared + g, i] * wide[i]
                scores[g, p] = score
        for g in range(shared):
            _softmax(scores[g])
            for i in range(head_dim):
                out[t, h * shared + g, i] = np.float32(0)
        for p in range(end):
            value = kept[1, h, rows.tables[t, p // block_size], p % block_size]
            for i in range(head_dim):
                wide[i] = _widened(value[i])
            for g in range(shared):
                share = scores[g, p]
                for i in range(head_dim):
                    out[t, h * shared + g, i] += share * wide[i]


@inlined
def _softmax(scores: Floats) -> None:
    largest, total = _largest(scores), np.float32(0)
    for p in range(len(scores)):
        weight = _exp(scores[p] - largest)
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
        bits = _as_bits(numbers[p])
        largest = max(largest, bits ^ ((bits >> np.int32(31)) & np.int32(2**31 - 1)))
    return _as_float(np.uint32(largest ^ ((largest >> np.int32(31)) & np.int32(2**31 - 1))))


# Between an encoder's products ----------------------------------------------------------------------------------------


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
                row[i] = old[i] + _widened(more[i])
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
                counted = min(max(np.rint(_widened(row[i]) * per_step[i]), lowest), highest)
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
                wide[k] = _widened(row[k])
            _softmax(wide)
            for k in range(length):
                row[k] = _narrowed(wide[k], row[k])
            for k in range(length, num_keys):
                row[k] = _narrowed(np.float32(0), row[k])
