"""Every attention backend against the formula in double precision, over steps as a scheduler cuts them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import torch

from inference.attention.base import AttentionBackend
from inference.attention.best import BestBlockAttention
from inference.attention.dense import DenseAttention
from inference.attention.paged import PagedAttention
from inference.attention.sparse import Pattern, SparseAttention
from inference.batch import Batch, Part
from inference.kvcache.bounds import KeyBounds
from inference.kvcache.storage import KVLayout, KVStorage

HEADS, KV_HEADS, HEAD_DIM, BLOCK = 6, 2, 16, 4
LENGTHS = (37, 1, 300, 8)

Qkv = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def random_qkv(num_tokens: int, *, seed: int) -> Qkv:
    generator = torch.Generator().manual_seed(seed)
    shapes = ((num_tokens, heads, HEAD_DIM) for heads in (HEADS, KV_HEADS, KV_HEADS))
    queries, keys, values = (torch.randn(shape, generator=generator) for shape in shapes)
    return queries, keys, values


def exact(qkv: Qkv) -> torch.Tensor:
    """[tokens, heads, head_dim] float64, a head at a time."""
    queries, keys, values = (tensor.double() for tensor in qkv)
    future = torch.ones(len(queries), len(queries)).triu(1).bool()
    heads = []
    for head in range(HEADS):
        shared = head // (HEADS // KV_HEADS)
        scores = queries[:, head] @ keys[:, shared].T / HEAD_DIM**0.5
        heads.append(scores.masked_fill(future, -torch.inf).softmax(-1) @ values[:, shared])
    return torch.stack(heads, 1)


def storage() -> KVStorage:
    layout = KVLayout(
        num_layers=1, num_blocks=200, block_size=BLOCK, kv_heads=KV_HEADS, head_dim=HEAD_DIM, dtype=torch.float32
    )
    return KVStorage(layout)


BACKENDS: dict[str, Callable[[], AttentionBackend]] = {
    "dense": DenseAttention,
    "paged": lambda: PagedAttention(storage()),
    "sparse over everything": lambda: SparseAttention(storage(), pattern=Pattern.everything()),
    "best blocks of all": lambda: BestBlockAttention(KeyBounds(storage()), max_keys=10_000),
}


def attend(
    backend: AttentionBackend, sequences: Sequence[Qkv], ranges: Sequence[tuple[int, int]]
) -> list[torch.Tensor]:
    """One step over positions [start, end) of each sequence, its blocks scattered over the storage."""
    order = torch.randperm(200, generator=torch.Generator().manual_seed(9)).tolist()
    parts, rows = [], []
    for (start, end), (queries, keys, values) in zip(ranges, sequences, strict=True):
        taken = 0 if isinstance(backend, DenseAttention) else -(-len(queries) // BLOCK)
        blocks, order = order[:taken], order[taken:]
        slots = [blocks[at // BLOCK] * BLOCK + at % BLOCK for at in range(start, end) if blocks]
        if start < end:
            parts.append(Part(ids=[0] * (end - start), start=start, block_ids=blocks, slots=slots))
            rows.append((queries[start:end], keys[start:end], values[start:end]))
    queries, keys, values = (torch.cat(tensors) for tensors in zip(*rows, strict=True))
    mixed = backend.attend(queries, keys, values, layer=0, batch=Batch.of(parts, block_size=BLOCK))
    return list(mixed.split([end - start for start, end in ranges]))


@pytest.mark.parametrize("name", BACKENDS)
def test_whole_prompts_agree_with_the_formula(name: str):
    sequences = [random_qkv(length, seed=length) for length in LENGTHS]

    mixed = attend(BACKENDS[name](), sequences, [(0, length) for length in LENGTHS])

    for qkv, found in zip(sequences, mixed, strict=True):
        torch.testing.assert_close(found.double(), exact(qkv), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in BACKENDS if name != "dense"])
@pytest.mark.parametrize("chunk", [1, 5, 64])
def test_chunks_and_single_tokens_agree_with_the_formula(name: str, chunk: int):
    """Every sequence goes at its own pace, so steps mix prompts' chunks with single tokens."""
    backend = BACKENDS[name]()
    lengths = (37, 9, 70, 8)
    sequences = [random_qkv(length, seed=length) for length in lengths]
    found: list[list[torch.Tensor]] = [[] for _ in lengths]
    at = [0] * len(lengths)

    while any(start < length for start, length in zip(at, lengths, strict=True)):
        paces = [min(chunk if place % 2 else 1, length - at[place]) for place, length in enumerate(lengths)]
        mixed = attend(backend, sequences, [(start, start + pace) for start, pace in zip(at, paces, strict=True)])
        for place, rows in enumerate(mixed):
            found[place].append(rows)
            at[place] += paces[place]

    for qkv, rows in zip(sequences, found, strict=True):
        torch.testing.assert_close(torch.cat(rows).double(), exact(qkv), rtol=1e-4, atol=1e-5)
