"""What is written is read back through any table, plainly or in a byte each."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from inference.kvcache.storage import KVLayout, KVStorage, Storage
from inference.kvcache.storage_int8 import Int8KVStorage

LAYOUT = KVLayout(num_layers=2, num_blocks=8, block_size=4, kv_heads=2, head_dim=16, dtype=torch.float32)
KINDS: dict[str, Callable[[], Storage]] = {
    "plain": lambda: KVStorage(LAYOUT),
    "int8": lambda: Int8KVStorage(LAYOUT),
}
HALF_A_STEP = {"plain": 0.0, "int8": 0.5 / 127 * 1.01}  # of the largest number of the head


def random_heads(num_tokens: int, *, seed: int) -> torch.Tensor:
    return torch.randn(num_tokens, 2, 16, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("kind", KINDS)
def test_tables_read_back_what_was_written(kind: str):
    storage, keys, values = KINDS[kind](), random_heads(6, seed=1), random_heads(6, seed=2)
    slots = torch.tensor([20, 21, 22, 23, 8, 9])  # blocks 5 and 2

    storage.write(1, slots, keys, values)
    read = storage.read(1, torch.tensor([5, 2]))

    for found, expected in zip(read, (keys, values), strict=True):
        step = expected.abs().amax(-1, keepdim=True) * HALF_A_STEP[kind]
        assert ((found[:, 0, :6].transpose(0, 1) - expected).abs() <= step + 1e-7).all()


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_tables_are_read_together(kind: str):
    storage, keys = KINDS[kind](), random_heads(8, seed=1)
    storage.write(0, torch.arange(8), keys, keys)

    both, _ = storage.read(0, torch.tensor([1, 0]), rows=2)

    assert torch.equal(both[:, :1], storage.read(0, torch.tensor([1]))[0])
    assert torch.equal(both[:, 1:], storage.read(0, torch.tensor([0]))[0])


@pytest.mark.parametrize("kind", KINDS)
def test_each_head_may_read_blocks_of_its_own(kind: str):
    storage, keys = KINDS[kind](), random_heads(16, seed=1)
    storage.write(0, torch.arange(16), keys, -keys)

    read = storage.read(0, torch.tensor([[3, 0], [1, 2]]))

    for found, whole in zip(read, storage.read(0, torch.arange(4)), strict=True):
        blocks = whole.view(2, 4, 4, 16)
        assert torch.equal(found[0, 0], blocks[0, [3, 0]].flatten(0, 1))
        assert torch.equal(found[1, 0], blocks[1, [1, 2]].flatten(0, 1))


@pytest.mark.parametrize("kind", KINDS)
def test_a_copied_block_stands_on_its_own(kind: str):
    storage, keys = KINDS[kind](), random_heads(4, seed=1)
    storage.write(0, torch.arange(4), keys, keys)
    before = storage.read(0, torch.tensor([0]))[0].clone()

    storage.copy([(0, 3)])
    storage.write(0, torch.arange(4), keys * 0, keys * 0)

    assert torch.equal(storage.read(0, torch.tensor([3]))[0], before)


def test_a_position_costs_what_is_computed():
    """Two layers, keys and values, two heads of sixteen."""
    assert KINDS["plain"]().token_bytes == 2 * 2 * 2 * 16 * 4
    assert KINDS["int8"]().token_bytes == 2 * 2 * 2 * (16 + 4)
