"""Products by steps known beforehand, and the file they come from: near the plain ones, and exactly undone."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812  # the field's own name for it

from inference import kernels
from inference.arrays import as_array
from inference.errors import ConfigError
from inference.models.bert_steps import steps_of
from inference.quant import static
from inference.quant.int8 import largest_exact, quantize_rows
from inference.quant.products import LayerWeights, Products
from inference.quant.static import LayerSteps, StaticLinear
from inference.weights.rounded import restored

SIZE, WIDE = 32, 64


@pytest.fixture(params=[127, 63])
def largest(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """The largest weight, as on a processor with VNNI and on one without."""
    if request.param > largest_exact():
        pytest.skip(f"this machine adds no products of {request.param} exactly")
    monkeypatch.setattr(static, "largest_exact", lambda: request.param)
    return int(request.param)


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def distance(found: torch.Tensor, expected: torch.Tensor) -> float:
    return float((found.float() - expected).norm() / expected.norm())


def weights(steps: LayerSteps | None = None) -> LayerWeights:
    return LayerWeights(
        project=drawn(3 * SIZE, SIZE),
        project_bias=drawn(3 * SIZE, seed=1),
        output=drawn(SIZE, SIZE, seed=2),
        output_bias=drawn(SIZE, seed=3),
        up=drawn(WIDE, SIZE, seed=4) / 6,
        up_bias=drawn(WIDE, seed=5) / 6,
        down=drawn(SIZE, WIDE, seed=6),
        down_bias=drawn(SIZE, seed=7),
        steps=steps,
    )


def steps_for(inputs: torch.Tensor) -> LayerSteps:
    step = inputs.abs().amax(0) / 127
    return LayerSteps(project=step, output=step, up=step, middle=5 / 255, middle_zero=9)


def test_a_calibrated_layer_says_nearly_what_the_plain_one_does(largest: int):
    inputs = drawn(50, SIZE, seed=9)
    given = weights(steps_for(inputs))

    found, plain = Products.static(given), Products.packed(given, torch.float32)

    most = 0.015 if largest == 127 else 0.02
    assert distance(found.project(inputs), plain.project(inputs)) < most
    assert distance(found.output(inputs), plain.output(inputs)) < most
    assert distance(found.feed(inputs), plain.feed(inputs)) < 2 * most  # two roundings deep


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_steps_are_counted_to_the_nearest_as_far_as_a_byte_reaches(dtype: torch.dtype):
    inputs, per_step = (drawn(37, SIZE) * 300).to(dtype), drawn(SIZE, seed=1).abs() + 0.1
    found = np.empty((37, SIZE), np.uint8)

    kernels.count_steps(as_array(inputs), as_array(per_step), 128, found)

    expected = (inputs.float() * per_step).round().clamp(-128, 127) + 128
    assert torch.equal(torch.from_numpy(found).float(), expected)
    assert {0, 255} <= set(found.ravel().tolist())


def test_products_that_fill_the_range_add_up_exactly(largest: int):
    weight, inputs = torch.ones(16, SIZE), torch.full((2, SIZE), 127.0)

    product = StaticLinear(weight, torch.zeros(16), torch.ones(SIZE), dtype=torch.float32)

    torch.testing.assert_close(product(inputs), torch.full((2, 16), 127.0 * SIZE))
    torch.testing.assert_close(product(-inputs), torch.full((2, 16), -127.0 * SIZE))


@pytest.mark.usefixtures("largest")
def test_what_runs_larger_than_ever_seen_is_cut_off_and_nothing_else():
    weight, inputs = drawn(16, SIZE), drawn(2, SIZE, seed=9)
    product = StaticLinear(weight, torch.zeros(16), inputs.abs().amax(0) / 127, dtype=torch.float32)
    inputs[0, 3] *= 100

    within = inputs.clone()
    within[0, 3] /= 100

    torch.testing.assert_close(product(inputs), product(within), rtol=0.02, atol=0.3)


def test_a_layer_without_steps_is_refused():
    with pytest.raises(ConfigError, match="not calibrated"):
        Products.static(weights())


def test_a_stored_weight_is_undone_to_within_half_a_step():
    weight, step = drawn(16, SIZE), drawn(SIZE, seed=1).abs() + 0.1
    rounded, scales = quantize_rows(weight * step)
    bias = drawn(16, seed=2)

    found = restored({"a.weight": rounded, "a.weight_scale": scales, "a.input_step": step, "a.bias": bias})

    assert set(found) == {"a.weight", "a.bias"}
    assert found["a.bias"] is bias
    assert bool(((found["a.weight"] - weight).abs() <= scales[:, None] / step / 2 + 1e-6).all())


def test_rounding_a_restored_weight_again_gives_the_same_numbers():
    step = drawn(SIZE, seed=1).abs() + 0.1
    rounded, scales = quantize_rows(drawn(16, SIZE) * step)

    again, _ = quantize_rows(
        restored({"a.weight": rounded, "a.weight_scale": scales, "a.input_step": step})["a.weight"] * step
    )

    assert torch.equal(again, rounded)


def test_plain_weights_know_no_steps():
    assert steps_of({"bert.encoder.layer.0.attention.self.query.weight": drawn(4, 4)}) == {}


def test_exact_gelu_is_what_the_feed_was_calibrated_for():
    assert float(F.gelu(torch.linspace(-5, 0, 10_000)).min()) > -0.171  # inference.training.quantize counts on it
