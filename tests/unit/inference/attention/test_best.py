"""Best blocks: those that weigh most are found, and what they give is dense attention over them alone."""

from __future__ import annotations

import pytest
import torch

from inference.attention.best import BestBlockAttention
from inference.attention.paged import PagedAttention
from inference.batch import Batch, Part
from inference.kvcache.bounds import KeyBounds
from inference.kvcache.storage import KVLayout, KVStorage
from inference.kvcache.storage_int8 import Int8KVStorage

BLOCK, NUM_BLOCKS, HEADS, KV_HEADS, HEAD_DIM = 16, 64, 4, 2, 8
LAYOUT = KVLayout(
    num_layers=1,
    num_blocks=NUM_BLOCKS,
    block_size=BLOCK,
    kv_heads=KV_HEADS,
    head_dim=HEAD_DIM,
    dtype=torch.float32,
)
END = 50 * BLOCK + 5

Qkv = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


@pytest.fixture
def qkv() -> Qkv:
    """Faint keys, and in block 20 of the first key head, in block 31 of the second, what the last query asks for."""
    generator = torch.Generator().manual_seed(3)
    queries, keys, values = (torch.randn(END, h, HEAD_DIM, generator=generator) for h in (HEADS, KV_HEADS, KV_HEADS))
    queries[:, 1::2] = queries[:, ::2]  # both heads of a key head ask for the same
    keys *= 0.1
    for head, place in enumerate((20 * BLOCK + 7, 31 * BLOCK)):
        keys[place, head] = queries[-1, 2 * head] * 5
    return queries, keys, values


def open_best(*, max_keys: int, kind: type[KVStorage] = KVStorage) -> BestBlockAttention:
    return BestBlockAttention(KeyBounds(kind(LAYOUT)), max_keys=max_keys)


def attend(
    attention: PagedAttention, qkv: Qkv, start: int, end: int, *, num_wanted: int = 1, blocks: list[int] | None = None
) -> torch.Tensor:
    order = blocks or torch.randperm(NUM_BLOCKS, generator=torch.Generator().manual_seed(2)).tolist()
    slots = [order[at // BLOCK] * BLOCK + at % BLOCK for at in range(start, end)]
    part = Part(ids=[0] * (end - start), start=start, block_ids=order, slots=slots, num_wanted=num_wanted)
    rows = (tensor[start:end] for tensor in qkv)
    return attention.attend(*rows, layer=0, batch=Batch.of([part], block_size=BLOCK))


@pytest.mark.parametrize("kind", [KVStorage, Int8KVStorage])
def test_each_key_head_finds_the_block_that_weighs_most(qkv: Qkv, kind: type[KVStorage]):
    few, all_keys = open_best(max_keys=10 * BLOCK, kind=kind), PagedAttention(kind(LAYOUT))
    for attention in (few, all_keys):
        attend(attention, qkv, 0, END - 1)

    found, expected = (attend(attention, qkv, END - 1, END) for attention in (few, all_keys))

    torch.testing.assert_close(found, expected, rtol=0.05, atol=0.05)  # what is left out weighs a hundredth
    assert not torch.equal(found, expected)


def test_drafts_see_what_they_would_see_alone(qkv: Qkv):
    together, alone = open_best(max_keys=12 * BLOCK), open_best(max_keys=12 * BLOCK)
    for attention in (together, alone):
        attend(attention, qkv, 0, END - 4)

    found = attend(together, qkv, END - 4, END, num_wanted=4)

    # the rows written later stand in the last block already, where no earlier row may look
    expected = torch.cat([attend(alone, qkv, at, at + 1) for at in range(END - 4, END)])
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


def test_a_budget_over_everything_is_dense_attention(qkv: Qkv):
    wide, all_keys = open_best(max_keys=NUM_BLOCKS * BLOCK), PagedAttention(KVStorage(LAYOUT))
    for attention in (wide, all_keys):
        attend(attention, qkv, 0, END - 3)

    found, expected = (attend(attention, qkv, END - 3, END, num_wanted=3) for attention in (wide, all_keys))

    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_bounds_hold_what_is_written_and_follow_a_copy():
    bounds, generator = KeyBounds(KVStorage(LAYOUT)), torch.Generator().manual_seed(1)
    keys = torch.randn(3 * BLOCK, KV_HEADS, HEAD_DIM, generator=generator)
    bounds.write(0, torch.arange(3 * BLOCK), keys, keys)

    bounds.copy([(1, 9)])
    bounds.write(0, torch.tensor([9 * BLOCK + 3]), keys[:1] + 100, keys[:1])

    blocks, least, greatest = keys.view(3, BLOCK, KV_HEADS, HEAD_DIM), *bounds.of(0).transpose(0, 1).unbind(2)
    assert torch.equal(least[:3], blocks.amin(1))
    assert torch.equal(greatest[:3], blocks.amax(1))
    assert torch.equal(least[9], blocks[1, [*range(3), *range(4, BLOCK)]].amin(0))
    assert torch.equal(greatest[9], keys[0] + 100)
