"""Block-sparse attention against torch's dense kernel over one long prompt: `python -m benchmarks.sparse_attention`.

One layer of the 58-million-weight Llama (8 heads of 64 over 4 key heads), bf16, one thread, keys written
to and read from the paged storage. ``exponent`` is how ours grows from a quarter of the length to all of it.
"""

from __future__ import annotations

import argparse
import math

import torch
import torch.nn.functional as F  # noqa: N812  # the field's own name for it

from inference.attention.base import AttentionBackend
from inference.attention.paged import PagedAttention
from inference.attention.sparse import SparseAttention
from inference.batch import Batch, Part
from inference.kvcache.storage import KVStorage

from .decoders import BLOCK, seconds
from .harness import paired, report

HEADS, KV_HEADS, HEAD_DIM = 8, 4, 64


class Prompt:
    """Random queries, keys and values of one prompt, and the ways to attend over them."""

    def __init__(self, num_tokens: int) -> None:
        self.queries, self.keys, self.values = (
            torch.randn(num_tokens, heads, HEAD_DIM, dtype=torch.bfloat16) for heads in (HEADS, KV_HEADS, KV_HEADS)
        )
        num_blocks = num_tokens // BLOCK
        self.storage = KVStorage(
            num_layers=1,
            num_blocks=num_blocks,
            block_size=BLOCK,
            kv_heads=KV_HEADS,
            head_dim=HEAD_DIM,
            dtype=torch.bfloat16,
        )
        part = Part(ids=[0] * num_tokens, start=0, block_ids=range(num_blocks), slots=range(num_tokens))
        self._batch = Batch.of([part], block_size=BLOCK, dtype=torch.bfloat16)

    @torch.inference_mode()
    def attend(self, attention: AttentionBackend) -> torch.Tensor:
        return attention.attend(self.queries, self.keys, self.values, layer=0, batch=self._batch)

    @torch.inference_mode()
    def torchs(self) -> torch.Tensor:
        queries, keys, values = (tensor.transpose(0, 1)[None] for tensor in (self.queries, self.keys, self.values))
        return F.scaled_dot_product_attention(queries, keys, values, is_causal=True, enable_gqa=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="4,096 tokens instead of 16,384: under a minute")
    length, repeats = (4096, 3) if parser.parse_args().quick else (16_384, 3)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    short, long = Prompt(length // 4), Prompt(length)
    sparse = {prompt: SparseAttention(prompt.storage, block_size=BLOCK) for prompt in (short, long)}
    best = {prompt: min(seconds(lambda p=prompt: p.attend(sparse[p])) for _ in range(3)) for prompt in (short, long)}
    exponent = math.log(best[long] / best[short]) / math.log(4)
    name = f"{length // 1024}k"
    report(
        "sparse_attention",
        [
            paired(
                f"{name}-vs-dense",
                ours=lambda: long.attend(sparse[long]),
                peer=long.torchs,
                unit="ms",
                repeats=repeats,
                exponent=exponent,
            ),
            paired(
                f"{name}-dense-blocks-vs-dense",
                ours=lambda: long.attend(PagedAttention(long.storage)),
                peer=long.torchs,
                unit="ms",
                repeats=repeats,
            ),
        ],
    )


if __name__ == "__main__":
    main()
