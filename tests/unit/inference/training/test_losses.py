"""The span loss looks at allowed positions only."""

from __future__ import annotations

import math

import pytest
import torch

from inference.training.losses import span_loss, taught_loss


def test_equal_logits_cost_the_log_of_the_allowed_positions():
    logits = torch.zeros(2, 5)
    allowed = torch.tensor([[True, False, False, True, True]] * 2)

    loss = span_loss(logits, logits, start=torch.tensor([3, 0]), end=torch.tensor([4, 0]), allowed=allowed)

    assert loss.item() == pytest.approx(math.log(3), rel=1e-6)


def test_a_forbidden_position_costs_nothing_however_likely():
    logits = torch.tensor([[0.0, 50.0, 9.0]])
    allowed = torch.tensor([[True, False, True]])

    loss = span_loss(logits, logits, start=torch.tensor([2]), end=torch.tensor([2]), allowed=allowed)

    assert loss.item() < 1e-3


def test_half_precision_logits_give_a_single_precision_loss():
    logits = torch.zeros(1, 3, dtype=torch.bfloat16, requires_grad=True)

    loss = span_loss(logits, logits, start=torch.tensor([0]), end=torch.tensor([0]), allowed=torch.ones(1, 3).bool())

    assert loss.dtype == torch.float32


def test_a_pupil_that_says_what_its_teacher_says_costs_nothing():
    ends = torch.tensor([[1.0, 0.0, 9.0]]), torch.tensor([[0.0, 2.0, 9.0]])
    allowed = torch.tensor([[True, True, False]])

    assert taught_loss(ends, ends, allowed=allowed).item() == pytest.approx(0.0, abs=1e-6)
    assert taught_loss(ends, ends[::-1], allowed=allowed).item() > 0.1
