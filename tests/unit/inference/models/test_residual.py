"""A sum and its norm in one pass are what they are in two; and gradients still pass."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from inference.models.residual import add_and_normalize


@pytest.fixture
def norm() -> nn.LayerNorm:
    norm = nn.LayerNorm(48, eps=1e-12).requires_grad_(False)
    torch.nn.init.normal_(norm.weight)
    torch.nn.init.normal_(norm.bias)
    return norm


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("num_rows", [1, 16, 37])
def test_it_is_the_norm_of_the_sum(norm: nn.LayerNorm, dtype: torch.dtype, num_rows: int):
    hidden, added = torch.randn(num_rows, 48) + 5, torch.randn(num_rows, 48).to(dtype)

    found = add_and_normalize(hidden, added, norm)

    torch.testing.assert_close(found, norm(hidden + added), rtol=1e-5, atol=2e-6)


def test_gradients_pass_to_both(norm: nn.LayerNorm):
    hidden, added = torch.randn(5, 48, requires_grad=True), torch.randn(5, 48, requires_grad=True)

    torch.autograd.backward(add_and_normalize(hidden, added, norm).square().sum())

    assert hidden.grad is not None
    assert added.grad is not None
    torch.testing.assert_close(hidden.grad, added.grad)
