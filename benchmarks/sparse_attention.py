"""A long prompt's prefill with sparse attention against torch's dense kernel: `python -m benchmarks.sparse_attention`.

The whole 58-million-weight Llama (8 heads of 64 over 4 key heads), bf16, one thread. Ours takes the prompt in
a scheduler's steps, keys written to and read from the paged storage; the peer is the same network given the
prompt at once, attention by `scaled_dot_product_attention`. Times are the thread's own, which a busy machine
distorts less; ``share`` is ours over the peer's, ``exponent`` how ours grows from a quarter of the length to all of it.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812  # the field's own name for it
from torch import Tensor

from inference.attention.paged import PagedAttention
from inference.attention.sparse import SparseAttention
from inference.batch import Batch, Part
from inference.kvcache.storage import KVStorage
from inference.models.decoder import Decoder

from .decoders import BLOCK, Session, checkpoint, load_ours, processor_s, random_prompt, storage_for
from .harness import Row, alternated, report, row

STEP_TOKENS = 512
OPEN: dict[str, Callable[[KVStorage], PagedAttention]] = {
    "sparse": SparseAttention,
    "dense": PagedAttention,
}


class TorchAttention:
    """Whole sequences through torch's own kernel."""

    def attend(self, queries: Tensor, keys: Tensor, values: Tensor, *, layer: int, batch: Batch) -> Tensor:
        turned = (tensor.transpose(0, 1)[None] for tensor in (queries, keys, values))
        return F.scaled_dot_product_attention(*turned, is_causal=True, enable_gqa=True)[0].transpose(0, 1)


def prefill_s(model: Decoder, kind: str, num_tokens: int) -> float:
    prompt = random_prompt(num_tokens)
    if kind == "torch":
        batch = Batch.of([Part(ids=prompt, start=0)])
        with torch.inference_mode():
            return processor_s(lambda: model(batch, TorchAttention()))
    num_blocks = num_tokens // BLOCK + 1
    storage = storage_for(model, num_blocks)
    session = Session(
        model,
        num_blocks=num_blocks,
        reuse=False,
        max_step_tokens=STEP_TOKENS,
        storage=storage,
        attention=OPEN[kind](storage),
    )
    return processor_s(lambda: session.generate([prompt], num_tokens=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="4,096 tokens instead of 16,384: under a minute")
    parser.add_argument("--repeats", type=int, default=2)
    options = parser.parse_args()
    longest = 4096 if options.quick else 16_384
    lengths = (longest // 4, longest // 2, longest)
    torch.set_num_threads(1)
    with checkpoint() as folder:
        model = load_ours(folder, "bf16")
    for kind in (*OPEN, "torch"):
        prefill_s(model, kind, 2048)  # warm
    rows: list[Row] = []
    for kind in OPEN:
        best: dict[int, float] = {}
        for length in lengths:
            turns = alternated(
                lambda _: prefill_s(model, kind, length),  # noqa: B023  # called now
                lambda _: prefill_s(model, "torch", length),  # noqa: B023
                range(options.repeats),
            )
            ours_s, peer_s = (min(side.given) for side in turns)  # a neighbour only ever adds
            best[length] = ours_s
            figures = {"share": ours_s / peer_s}
            if length == longest:
                figures["exponent"] = math.log(ours_s / best[lengths[0]]) / math.log(4)
            rows.append(
                row(
                    f"prefill-{length // 1024}k-{kind}-vs-sdpa",
                    ours=ours_s * 1000,
                    peer=peer_s * 1000,
                    ratio=peer_s / ours_s,
                    unit="ms",
                    **figures,
                )
            )
    report("sparse_attention", rows)


if __name__ == "__main__":
    main()
