"""Packed and rounded products against the plain one, each within what its digits allow."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812  # the field's own name for it
from hypothesis import given
from hypothesis import strategies as st

from inference.quant.int8 import Int8Linear, is_exact, quantize_rows
from inference.quant.packed import PackedLinear

needs_int8 = pytest.mark.skipif(not is_exact(), reason="this machine has no exact INT8 kernels")


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def distance(found: torch.Tensor, expected: torch.Tensor) -> float:
    return float((found.float() - expected).norm() / expected.norm())


@pytest.mark.parametrize(("dtype", "most"), [(torch.float32, 1e-6), (torch.bfloat16, 5e-3)])
@pytest.mark.parametrize("gelu", [False, True])
@pytest.mark.parametrize("tokens", [1, 7, 300])
def test_a_packed_product_is_the_plain_one(dtype: torch.dtype, most: float, gelu: bool, tokens: int):
    weight, bias, inputs = drawn(48, 32), drawn(48, seed=1), drawn(tokens, 32, seed=2)
    expected = F.linear(inputs, weight, bias)

    found = PackedLinear(weight, bias, dtype=dtype, gelu=gelu)(inputs)

    assert found.dtype == dtype
    assert distance(found, F.gelu(expected) if gelu else expected) < most


@needs_int8
@pytest.mark.parametrize("tokens", [1, 7, 300])
def test_an_int8_product_stays_within_a_hundredth(tokens: int):
    weight, bias, inputs = drawn(48, 32), drawn(48, seed=1), drawn(tokens, 32, seed=2)

    assert distance(Int8Linear(weight, bias)(inputs), F.linear(inputs, weight, bias)) < 0.012


@needs_int8
def test_easing_a_channel_that_runs_large_wins_its_neighbours_digits_back():
    weight, bias, inputs = drawn(48, 32), torch.zeros(48), drawn(64, 32, seed=2)
    inputs[:, 3] *= 60
    weight[:, 3] /= 60
    expected = F.linear(inputs, weight, bias)

    plain = distance(Int8Linear(weight, bias)(inputs), expected)
    eased = distance(Int8Linear(weight, bias, reach=inputs.abs().amax(0))(inputs), expected)

    assert eased < plain / 3


@needs_int8
def test_a_token_is_rounded_by_its_own_size_alone():
    product = Int8Linear(drawn(16, 32), torch.zeros(16))
    small, large = drawn(1, 32, seed=3) * 0.01, drawn(1, 32, seed=4) * 100

    torch.testing.assert_close(product(torch.cat([small, large]))[:1], product(small), rtol=0, atol=0)


@needs_int8
def test_a_token_of_zeros_gives_the_bias():
    bias = drawn(16)

    assert torch.equal(Int8Linear(drawn(16, 32), bias)(torch.zeros(2, 32))[0], bias.bfloat16())


@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=8, max_size=8), st.sampled_from([127, 63]))
def test_rounding_a_row_moves_no_weight_by_more_than_half_a_step(row: list[float], largest: int):
    weight = torch.tensor([row])

    rounded, scales = quantize_rows(weight, largest=largest)

    assert rounded.dtype == torch.int8
    assert int(rounded.abs().max()) <= largest
    assert bool(((rounded * scales[:, None] - weight).abs() <= scales * 0.501 + 1e-12).all())
