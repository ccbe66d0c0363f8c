"""Sparse attention is dense attention under the mask its pattern draws, however the prompt is cut."""

from __future__ import annotations

import pytest
import torch

from inference.attention.sparse import SPARSE_BLOCK, Pattern, SparseAttention
from inference.batch import Batch, Part
from inference.kvcache.storage import KVLayout, KVStorage

PATTERN = Pattern(window=2, sinks=1)
NUM_TOKENS = 9 * SPARSE_BLOCK + 40
HEADS, KV_HEADS, HEAD_DIM, BLOCK = 4, 2, 8, 16


@pytest.fixture(scope="module")
def qkv() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    queries, keys, values = (
        torch.randn(NUM_TOKENS, heads, HEAD_DIM, generator=generator) for heads in (HEADS, KV_HEADS, KV_HEADS)
    )
    return queries, keys, values


@pytest.fixture(scope="module")
def expected(qkv: tuple[torch.Tensor, torch.Tensor, torch.Tensor]) -> torch.Tensor:
    """In double precision, over a mask drawn position by position."""
    queries, keys, values = (tensor.double() for tensor in qkv)
    mask = torch.zeros(NUM_TOKENS, NUM_TOKENS, dtype=torch.bool)
    for block in range(-(-NUM_TOKENS // SPARSE_BLOCK)):
        rows = slice(block * SPARSE_BLOCK, (block + 1) * SPARSE_BLOCK)
        for seen in PATTERN.seen_by(block):
            mask[rows, seen * SPARSE_BLOCK : (seen + 1) * SPARSE_BLOCK] = True
    mask &= torch.ones_like(mask).tril()
    scores = torch.einsum("qhd,khd->hqk", queries, keys.repeat_interleave(2, 1)) / HEAD_DIM**0.5
    weights = scores.masked_fill(~mask, -torch.inf).softmax(-1)
    return torch.einsum("hqk,khd->qhd", weights, values.repeat_interleave(2, 1))


@pytest.mark.parametrize("cuts", [(), (100, 700), (1030,), (NUM_TOKENS - 2, NUM_TOKENS - 1)])
def test_any_cut_of_the_prompt_gives_the_masked_numbers(
    cuts: tuple[int, ...], qkv: tuple[torch.Tensor, torch.Tensor, torch.Tensor], expected: torch.Tensor
):
    layout = KVLayout(
        num_layers=1, num_blocks=100, block_size=BLOCK, kv_heads=KV_HEADS, head_dim=HEAD_DIM, dtype=torch.float32
    )
    attention = SparseAttention(KVStorage(layout), pattern=PATTERN)
    blocks = torch.randperm(100, generator=torch.Generator().manual_seed(2)).tolist()
    found = []

    for start, end in zip((0, *cuts), (*cuts, NUM_TOKENS), strict=True):
        slots = [blocks[at // BLOCK] * BLOCK + at % BLOCK for at in range(start, end)]
        part = Part(ids=[0] * (end - start), start=start, block_ids=blocks[: -(-end // BLOCK)], slots=slots)
        rows = (tensor[start:end] for tensor in qkv)
        found.append(attention.attend(*rows, layer=0, batch=Batch.of([part], block_size=BLOCK)))

    torch.testing.assert_close(torch.cat(found).double(), expected, rtol=1e-4, atol=1e-5)


def test_a_block_sees_itself_its_window_the_first_and_some_between():
    assert Pattern(window=3, sinks=1).seen_by(16) == [0, 4, 8, 12, 14, 15, 16]


def test_early_blocks_see_everything():
    assert [Pattern(window=3, sinks=1).seen_by(block) for block in range(4)] == [
        list(range(block + 1)) for block in range(4)
    ]


def test_no_block_is_seen_twice_and_none_from_the_future():
    for block in range(300):
        seen = Pattern().seen_by(block)
        assert seen == sorted(set(seen))
        assert seen[-1] == block


def test_what_is_computed_grows_as_n_to_the_one_and_a_half():
    """From 4k to 16k tokens: four times the blocks, at most 4^1.55 times the products."""
    products = [sum(len(Pattern().seen_by(block)) for block in range(blocks)) for blocks in (32, 128)]

    assert products[1] / products[0] < 4**1.55
    assert products[1] < 0.33 * 128 * 129 / 2
