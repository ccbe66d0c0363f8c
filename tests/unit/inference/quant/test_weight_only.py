"""A byte a weight: few rows by compiled loops, many by torch, the same numbers."""

from __future__ import annotations

import pytest
import torch

from inference import kernels
from inference.quant.int8 import is_exact
from inference.quant.weight_only import FEW_ROWS, RoundedWeight, WeightOnlyEmbedding, WeightOnlyLinear

SIZES = [(1, 8), (7, 48), (65, 33), (200, 512)]


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_rounding_is_to_half_a_step_and_scales_have_the_mantissa_of_bfloat16():
    weight = random(20, 64)

    found = RoundedWeight.of(weight)

    assert torch.equal(found.scales, found.scales.bfloat16().float())
    assert ((found.weight * found.scales[:, None] - weight).abs() <= 0.5001 * found.scales[:, None]).all()
    assert int(found.weight.abs().max()) <= 127


def test_a_channel_of_nothing_stays_nothing():
    weight = torch.zeros(2, 16)
    weight[1, 3] = 1.0

    found = RoundedWeight.of(weight)

    assert not found.weight[0].any()
    assert torch.isfinite(found.scales).all()


@pytest.mark.parametrize("num_rows", [1, 3, 4, 5, 8, FEW_ROWS, FEW_ROWS + 1, 70])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_any_number_of_rows_is_the_product(num_rows: int, size: tuple[int, int]):
    rounded, bias, inputs = RoundedWeight.of(random(*size)), random(size[0], seed=1), random(num_rows, size[1], seed=2)
    exact = inputs.double() @ (rounded.weight * rounded.scales[:, None]).double().t() + bias

    found = WeightOnlyLinear(rounded, bias, dtype=torch.float32)(inputs)

    torch.testing.assert_close(found.double(), exact, rtol=1e-5, atol=1e-4)


def test_a_large_weight_is_widened_in_parts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("inference.quant.weight_only._WIDENED", 100)
    rounded, inputs = RoundedWeight.of(random(50, 32)), random(40, 32, seed=2)

    found = WeightOnlyLinear(rounded, torch.zeros(50), dtype=torch.float32)(inputs)

    torch.testing.assert_close(found, inputs @ (rounded.weight * rounded.scales[:, None]).t(), rtol=1e-5, atol=1e-4)


def test_inputs_of_many_rows_are_rounded_where_that_is_asked_for():
    if not is_exact():
        pytest.skip("this machine has no exact INT8 products")
    rounded, inputs = RoundedWeight.of(random(64, 128)), random(40, 128, seed=2)
    exact = inputs @ (rounded.weight * rounded.scales[:, None]).t()

    found = WeightOnlyLinear(rounded, torch.zeros(64), dtype=torch.float32, int8_prompts=True)(inputs)

    assert 0.001 < float((found - exact).norm() / exact.norm()) < 0.015


@pytest.mark.parametrize("num_rows", [1, 2, 4, 5, 8, 9, FEW_ROWS])
@pytest.mark.parametrize("size", [(1, 128), (65, 256), (200, 896)], ids=str)
def test_inputs_of_few_rows_are_rounded_by_groups(num_rows: int, size: tuple[int, int]):
    """The product of bytes itself is exact: it is that of the inputs as they were rounded."""
    rounded, bias = RoundedWeight.of(random(*size)), random(size[0], seed=1)
    inputs = random(num_rows, size[1], seed=2) * torch.logspace(-3, 3, size[1])  # groups of very different sizes
    groups = inputs.view(num_rows, -1, kernels.GROUP).double()
    steps = groups.abs().amax(2, keepdim=True).float().double() / 127
    near = ((groups / steps).round() * steps).view_as(inputs)

    found = bytes_of(rounded, bias, inputs)

    expected = near @ (rounded.weight * rounded.scales[:, None]).double().t() + bias
    assert float((found - expected).norm() / expected.norm()) < 1e-3  # a value halfway between two steps may go either
    assert float((near - inputs).abs().max() / inputs.abs().max()) < 0.005


def test_a_row_is_rounded_alone():
    rounded, bias, inputs = RoundedWeight.of(random(70, 256)), torch.zeros(70), random(11, 256, seed=2)

    together = bytes_of(rounded, bias, inputs)

    for row, expected in zip(inputs, together, strict=True):
        assert torch.equal(bytes_of(rounded, bias, row[None])[0], expected)


def test_rows_of_nothing_are_nothing():
    rounded, bias = RoundedWeight.of(random(5, 128)), random(5, seed=1)

    assert torch.equal(bytes_of(rounded, bias, torch.zeros(2, 128)), bias.expand(2, 5))


def test_inputs_are_rounded_only_where_that_pays(monkeypatch: pytest.MonkeyPatch):
    def rounds_inputs(num_inputs: int) -> bool:
        rounded = RoundedWeight.of(random(4, num_inputs))
        return WeightOnlyLinear(rounded, torch.zeros(4), dtype=torch.float32, int8_inputs=True).product.rounds_inputs

    monkeypatch.setattr(kernels, "MULTIPLIES_BYTES", True)
    assert rounds_inputs(256)
    assert not rounds_inputs(192)  # no whole number of groups
    monkeypatch.setattr(kernels, "MULTIPLIES_BYTES", False)
    assert not rounds_inputs(256)


def bytes_of(rounded: RoundedWeight, bias: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
    """By the loops over bytes, whether or not this processor gains by them."""
    product = WeightOnlyLinear(rounded, bias, dtype=torch.float32).product._replace(rounds_inputs=True)
    out = torch.empty(len(inputs), len(bias))
    kernels.multiply(product, inputs.contiguous().numpy(), out.numpy())
    return out


@pytest.mark.parametrize("num_threads", [1, 2])
def test_threads_share_the_outputs(num_threads: int):
    rounded, inputs = RoundedWeight.of(random(1000, 64)), random(2, 64, seed=2)
    product = WeightOnlyLinear(rounded, torch.zeros(1000), dtype=torch.float32).product
    out = torch.zeros(2, 1000)

    kernels.use_threads(num_threads)
    kernels.multiply(product, inputs.numpy(), out.numpy())

    torch.testing.assert_close(out, inputs @ (rounded.weight * rounded.scales[:, None]).t(), rtol=1e-5, atol=1e-4)


def test_words_are_looked_up():
    rounded = RoundedWeight.of(random(30, 16))

    found = WeightOnlyEmbedding(rounded, dtype=torch.float32)(torch.tensor([4, 29, 4]))

    assert torch.equal(found, (rounded.weight * rounded.scales[:, None])[[4, 29, 4]])
