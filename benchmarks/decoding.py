"""Tokens a second against transformers, and against decoding without a KV cache: `python -m benchmarks.decoding`.

A random Llama of 58 million weights, prompts of 32 tokens (512 for cache-vs-none), greedy,
one thread. The peer is transformers in bf16, the faster of its two on this kind of machine.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from inference.attention.dense import DenseAttention
from inference.batch import Batch, Part
from inference.completion import SamplingParams
from inference.layers.linear import choose_arithmetic
from inference.sequence import Sequence

from .decoders import Session, checkpoint, generate_theirs, load_ours, load_theirs, random_prompt
from .harness import Row, paired, report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer tokens and turns: under a minute")
    quick = parser.parse_args().quick
    torch.set_num_threads(1)
    num_tokens, repeats = (12, 3) if quick else (64, 7)
    rows: list[Row] = []
    with checkpoint() as folder:
        theirs = load_theirs(folder, torch.bfloat16)
        for arithmetic in ("bf16", choose_arithmetic("int8")):
            ours = load_ours(folder, arithmetic)
            for batch in (1, 8):
                prompts = [random_prompt(32, seed=seed) for seed in range(batch)]
                session = Session(ours, reuse=False)
                rows.append(
                    paired(
                        f"b{batch}-vs-transformers ({arithmetic})",
                        ours=lambda: session.generate(prompts, num_tokens=num_tokens),  # noqa: B023  # called now
                        peer=lambda: generate_theirs(theirs, prompts, num_tokens=num_tokens),  # noqa: B023
                        work=batch * num_tokens,
                        unit="tok/s",
                        repeats=repeats,
                    )
                )
        rows.append(_cache_vs_none(folder, repeats=repeats))
    report("decoding", rows)


def _cache_vs_none(folder: Path, *, repeats: int) -> Row:
    """One token after a prompt of 512: its keys looked up, or everything computed again."""
    model = load_ours(folder, "bf16")
    session, prompt = Session(model, reuse=False), random_prompt(512)
    session.scheduler.submit(Sequence(prompt=prompt, sampling=SamplingParams(max_tokens=30_000)))
    session.step()

    @torch.inference_mode()
    def without() -> object:
        return model(Batch.of([Part(ids=prompt, start=0)]), DenseAttention()).argmax(-1)

    return paired("cache-vs-none", ours=session.step, peer=without, unit="tok/s", repeats=max(5, repeats))


if __name__ == "__main__":
    main()
