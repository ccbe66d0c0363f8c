"""A prompt's keys and first token against transformers: `python -m benchmarks.prefill`.

A random Llama of 58 million weights, prompts of 512 tokens, one thread; transformers in bf16.
"""

from __future__ import annotations

import argparse

import torch

from inference.layers.linear import choose_arithmetic

from .decoders import Session, checkpoint, generate_theirs, load_ours, load_theirs, random_prompt
from .harness import paired, report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer turns: under a minute")
    repeats = 3 if parser.parse_args().quick else 9
    torch.set_num_threads(1)
    prompt, rows = random_prompt(512), []
    with checkpoint() as folder:
        theirs = load_theirs(folder, torch.bfloat16)
        for arithmetic in ("bf16", choose_arithmetic("int8")):
            session = Session(load_ours(folder, arithmetic), reuse=False)
            rows.append(
                paired(
                    f"512-vs-transformers ({arithmetic})",
                    ours=lambda: session.generate([prompt], num_tokens=1),  # noqa: B023  # called now
                    peer=lambda: generate_theirs(theirs, [prompt], num_tokens=1),
                    work=512,
                    unit="tok/s",
                    repeats=repeats,
                )
            )
    report("prefill", rows)


if __name__ == "__main__":
    main()
