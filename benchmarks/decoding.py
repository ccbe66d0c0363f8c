"""Tokens a second against transformers and llama.cpp, and without a KV cache: `python -m benchmarks.decoding`.

A random Llama of 58 million weights, prompts of 32 tokens (512 for cache-vs-none), greedy, one thread and its own time.
transformers runs in bf16, the faster of its two on this kind of machine; llama.cpp where it is installed
(llamacpp.py), in 8 and 4 bits, with ``--large`` also beside a random Qwen2 of 494 million.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch

from inference.attention.dense import DenseAttention
from inference.batch import Batch, Part
from inference.completion import SamplingParams
from inference.layers.linear import Arithmetic, choose_arithmetic
from inference.models.decoder import Decoder
from inference.sequence import Sequence

from . import llamacpp
from .decoders import Session, checkpoint, generate_theirs, large_checkpoint, load_ours, load_theirs, random_prompt
from .harness import Row, paired, report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer tokens and turns: under a minute")
    parser.add_argument("--large", action="store_true", help="the larger network against llama.cpp, and nothing else")
    options = parser.parse_args()
    torch.set_num_threads(1)
    num_tokens, repeats = (12, 3) if options.quick else (64, 7)
    rows: list[Row] = []
    if options.large:
        with large_checkpoint() as folder:
            model = load_ours(folder, "int8")
            rows += _vs_llamacpp(folder, model, "large-", {1: "Q8_0", 8: "Q4_0"}, num_tokens, repeats)
        report("decoding", rows)
        return
    with checkpoint() as folder:
        theirs = load_theirs(folder, torch.bfloat16)
        arithmetics: tuple[Arithmetic, ...] = ("bf16", "int8")
        for arithmetic in arithmetics:
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
                        clock=time.thread_time,
                    )
                )
        rows += _vs_llamacpp(folder, ours, "", {1: "Q8_0", 8: "Q8_0"}, num_tokens, repeats)
        rows.append(_cache_vs_none(folder, repeats=repeats))
    report("decoding", rows)


def _vs_llamacpp(
    folder: Path, model: Decoder, prefix: str, kinds: dict[int, str], num_tokens: int, repeats: int
) -> list[Row]:
    """Ours in INT8 where that is chosen, ``kinds`` of theirs by batch."""
    rows: list[Row] = []
    session = Session(model, reuse=False)
    for batch, kind in kinds.items() if llamacpp.is_there() else ():
        path, prompts = folder / f"{kind}.gguf", [random_prompt(32, seed=seed) for seed in range(batch)]
        if not path.exists():
            llamacpp.write_gguf(folder, path, kind)
        theirs = llamacpp.LlamaCpp(path, max_tokens=640)
        rows.append(
            paired(
                f"{prefix}b{batch}-vs-llamacpp-{kind[:2].lower()}",
                ours=lambda: session.generate(prompts, num_tokens=num_tokens),  # noqa: B023  # called now
                peer=lambda: theirs.generate(prompts, num_tokens=num_tokens),  # noqa: B023
                work=batch * num_tokens,
                unit="tok/s",
                repeats=repeats,
                clock=time.thread_time,
            )
        )
    return rows


def _cache_vs_none(folder: Path, *, repeats: int) -> Row:
    """One token after a prompt of 512: its keys looked up, or everything computed again."""
    model = load_ours(folder, choose_arithmetic("auto"))
    session, prompt = Session(model, reuse=False), random_prompt(512)
    session.scheduler.submit(Sequence(prompt=prompt, sampling=SamplingParams(max_tokens=30_000)))
    session.step()

    @torch.inference_mode()
    def without() -> object:
        return model(Batch.of([Part(ids=prompt, start=0)]), DenseAttention()).argmax(-1)

    return paired(
        "cache-vs-none",
        ours=session.step,
        peer=without,
        unit="tok/s",
        repeats=max(5, repeats),
        clock=time.thread_time,
    )


if __name__ == "__main__":
    main()
