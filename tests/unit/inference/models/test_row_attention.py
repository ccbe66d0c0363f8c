"""Rows laid side by side attend as they would alone, whatever path their length takes."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from inference.models.row_attention import PackedRows, Places, attend
from inference.request import Row

HEADS, SIZE = 2, 16


def alone(projected: Tensor) -> Tensor:
    """The definition, for one row, in float64."""
    queries, keys, values = projected.double().view(-1, 3, HEADS, SIZE // HEADS).permute(1, 2, 0, 3)
    mixed = torch.softmax(queries @ keys.transpose(1, 2), -1) @ values
    return mixed.transpose(0, 1).reshape(-1, SIZE)


def projected(lengths: list[int], *, size: float = 1.0) -> Tensor:
    return torch.randn(sum(lengths), 3 * SIZE, generator=torch.Generator().manual_seed(1)) * size


# One length, several, beyond the short path, and scores far outside the bare exponential's range.
@pytest.mark.parametrize("lengths", [[5, 5, 5], [1, 7, 3], [120, 120], [130, 4, 99]])
@pytest.mark.parametrize("size", [1.0, 30.0])
def test_packed_rows_attend_as_each_would_alone(lengths: list[int], size: float):
    given = projected(lengths, size=size)

    found = attend(given, Places.of(lengths), num_heads=HEADS)

    expected = torch.cat([alone(row) for row in given.split(lengths)]).float()
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4 * size)


@pytest.mark.parametrize("lengths", [[9, 9], [4, 11], [100, 128], [20, 530]])
def test_bf16_rows_stay_within_bf16_of_the_definition(lengths: list[int]):
    given = projected(lengths).bfloat16()

    found = attend(given, Places.of(lengths), num_heads=HEADS)

    expected = torch.cat([alone(row) for row in given.split(lengths)]).float()
    torch.testing.assert_close(found.float(), expected, rtol=0.03, atol=0.03)  # eight bits, a few sums deep


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_gradients_are_those_of_the_definition(dtype: torch.dtype):
    """The encoder's own training goes through here."""
    ours, theirs = (projected([5, 7]).requires_grad_() for _ in range(2))

    torch.autograd.backward(attend(ours.to(dtype), Places.of([5, 7]), num_heads=HEADS).float().square().sum())
    torch.autograd.backward(torch.cat([alone(row) for row in theirs.split([5, 7])]).float().square().sum())

    tolerance = 0.05 if dtype == torch.bfloat16 else 1e-4
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=tolerance, atol=tolerance)


def test_packed_rows_keep_their_places():
    rows = PackedRows.of([Row((5, 6, 7), second_from=2), Row((8,), second_from=1)])

    assert rows.ids.tolist() == [5, 6, 7, 8]
    assert rows.types.tolist() == [0, 0, 1, 0]
    assert rows.positions.tolist() == [0, 1, 2, 0]
    assert rows.row_of.tolist() == [0, 0, 0, 1]
    assert rows.starts.tolist() == [0, 3]
