"""Rounding as it learns is rounding as it is served, and what is learnt is what makes it smaller."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F  # noqa: N812  # the field's own name for it
from torch import Tensor

from inference.errors import ConfigError
from inference.quant.int8 import is_exact
from inference.quant.products import LayerWeights, Products
from inference.training.fake_quant import RoundedLayer, RoundedLinear
from inference.training.ranges import Ranges, with_steps
from inference.training.split import limit_for, split

SIZE, WIDE, COPIES = 32, 64, 8


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def weights() -> LayerWeights:
    """A layer of which one channel runs twenty times as far as the others."""
    up_bias = drawn(WIDE, seed=5) / 6
    up_bias[3] = 20.0
    return LayerWeights(
        project=drawn(3 * SIZE, SIZE),
        project_bias=drawn(3 * SIZE, seed=1),
        output=drawn(SIZE, SIZE, seed=2),
        output_bias=drawn(SIZE, seed=3),
        up=drawn(WIDE, SIZE, seed=4) / 6,
        up_bias=up_bias,
        down=drawn(SIZE, WIDE, seed=6),
        down_bias=drawn(SIZE, seed=7),
    )


def reach_of(weights: LayerWeights, inputs: Tensor) -> Ranges:
    ranges = Ranges.nothing(weights)
    ranges.watched(weights).feed(inputs)
    return ranges


def calibrated(weights: LayerWeights, inputs: Tensor) -> LayerWeights:
    ranges = reach_of(weights, inputs)
    limit = limit_for(ranges.down, copies=COPIES)
    return with_steps(split(weights, ranges.down, limit=limit, copies=COPIES), ranges, limit=limit)


def distance(found: Tensor, expected: Tensor) -> float:
    return float((found.detach().float() - expected).norm() / expected.norm())


def test_ranges_are_the_largest_seen_in_each_channel(weights: LayerWeights):
    inputs = drawn(50, SIZE, seed=9)

    ranges = reach_of(weights, inputs)

    assert torch.equal(ranges.up, inputs.abs().amax(0))
    torch.testing.assert_close(ranges.down, F.gelu(inputs @ weights.up.T + weights.up_bias).amax(0))


def test_a_channel_that_runs_far_is_continued_in_others(weights: LayerWeights):
    inputs = drawn(50, SIZE, seed=9)
    reach = reach_of(weights, inputs).down
    limit = limit_for(reach, copies=COPIES)

    wider = split(weights, reach, limit=limit, copies=COPIES)

    assert limit < float(reach.max()) / 4
    middle = F.gelu(inputs @ wider.up.T + wider.up_bias).clamp(max=limit)  # as the largest step stops it
    plain = F.gelu(inputs @ weights.up.T + weights.up_bias) @ weights.down.T
    assert distance(middle @ wider.down.T, plain) < 0.05  # but for GELU's bend around each limit


def test_copies_that_nothing_needs_are_of_zeros(weights: LayerWeights):
    wider = split(weights, torch.ones(WIDE), limit=1.0, copies=COPIES)

    assert wider.up.shape == (WIDE + COPIES, SIZE)
    assert not wider.up[WIDE:].any()
    assert not wider.down[:, WIDE:].any()


@pytest.mark.skipif(not is_exact(), reason="this machine has no exact INT8 kernels")
def test_a_layer_in_training_runs_as_it_will_be_served(weights: LayerWeights):
    inputs = drawn(50, SIZE, seed=9)
    given = calibrated(weights, inputs)

    learning, served = RoundedLayer(given).products(), Products.static(given)

    assert distance(learning.project(inputs), served.project(inputs).float()) < 0.01  # bf16 sums
    assert distance(learning.output(inputs), served.output(inputs)) < 0.01
    assert distance(learning.feed(inputs), served.feed(inputs)) < 0.01


def test_gradients_pass_every_product(weights: LayerWeights):
    inputs = drawn(50, SIZE, seed=9)
    products = RoundedLayer(calibrated(weights, inputs)).products()

    for product in (products.project, products.output, products.feed):
        given = inputs.clone().requires_grad_()
        torch.autograd.backward(product(given).float().square().sum())
        assert given.grad is not None
        assert bool(given.grad.abs().sum(1).gt(0).all())


def test_splitting_beats_a_step_that_reaches_everything(weights: LayerWeights):
    inputs = drawn(200, SIZE, seed=9)
    ranges = reach_of(weights, inputs)
    plain = Products.packed(weights, torch.float32).feed(inputs)

    apart = RoundedLayer(calibrated(weights, inputs)).products().feed(inputs)
    whole = RoundedLayer(with_steps(weights, ranges, limit=float(ranges.down.max()))).products().feed(inputs)

    assert distance(apart, plain) < distance(whole, plain)


def test_training_lessens_what_rounding_costs(weights: LayerWeights):
    torch.manual_seed(0)
    inputs = drawn(200, SIZE, seed=9)
    linear = RoundedLinear(weights.output, weights.output_bias, torch.full((SIZE,), 0.2))
    expected = inputs @ weights.output.T + weights.output_bias
    optimizer = torch.optim.Adam(linear.parameters(), lr=3e-3)
    before = distance(linear(inputs), expected)

    for _ in range(100):
        optimizer.zero_grad()
        torch.autograd.backward((linear(inputs) - expected).square().mean())
        optimizer.step()

    assert distance(linear(inputs), expected) < 0.9 * before


def test_what_is_cut_off_has_no_gradient():
    linear = RoundedLinear(torch.ones(4, 2), torch.zeros(4), torch.tensor([0.01, 0.01]))
    inputs = torch.tensor([[0.5, 50.0]], requires_grad=True)

    torch.autograd.backward(linear(inputs).sum())

    assert inputs.grad is not None
    assert inputs.grad[0, 0] == pytest.approx(4.0, rel=0.02)
    assert inputs.grad[0, 1] == 0


def test_a_layer_without_steps_cannot_learn_them(weights: LayerWeights):
    with pytest.raises(ConfigError, match="calibrated"):
        RoundedLayer(replace(weights, steps=None))
