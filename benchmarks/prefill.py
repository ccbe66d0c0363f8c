"""A prompt's keys and first token against transformers and llama.cpp: `python -m benchmarks.prefill`.

A random Llama of 58 million weights, prompts of 512 tokens, one thread and its own time; transformers in bf16,
llama.cpp in 8 bits where it is installed (llamacpp.py). ``--large``: a random Qwen2 of 494 million against
llama.cpp alone.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import torch

from inference.layers.linear import Arithmetic

from . import llamacpp
from .decoders import Session, checkpoint, generate_theirs, large_checkpoint, load_ours, load_theirs, random_prompt
from .harness import Row, paired, report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer turns: under a minute")
    parser.add_argument("--large", action="store_true", help="the larger network")
    options = parser.parse_args()
    repeats = 3 if options.quick else 9
    torch.set_num_threads(1)
    prompt, rows = random_prompt(512), []

    def compared(name: str, session: Session, peer: Callable[[], object]) -> Row:
        return paired(
            name,
            ours=lambda: session.generate([prompt], num_tokens=1),
            peer=peer,
            work=512,
            unit="tok/s",
            repeats=repeats,
            clock=time.thread_time,
        )

    with large_checkpoint() if options.large else checkpoint() as folder:
        arithmetics: tuple[Arithmetic, ...] = ("bf16", "int8")
        sessions = {str(each): Session(load_ours(folder, each), reuse=False) for each in arithmetics}
        sessions["int8, inputs too"] = Session(load_ours(folder, "int8", int8_prompts=True), reuse=False)
        if not options.large:
            theirs = load_theirs(folder, torch.bfloat16)
            for each, session in sessions.items():
                name = f"512-vs-transformers ({each})"
                rows.append(compared(name, session, lambda: generate_theirs(theirs, [prompt], num_tokens=1)))
        if llamacpp.is_there():
            llamacpp.write_gguf(folder, folder / "q8.gguf", "Q8_0")
            other = llamacpp.LlamaCpp(folder / "q8.gguf", max_tokens=640)
            for each, session in sessions.items():
                name = f"{'large-' if options.large else ''}512-vs-llamacpp-q8 ({each})"
                rows.append(compared(name, session, lambda: other.generate([prompt], num_tokens=1)))
    report("prefill", rows)


if __name__ == "__main__":
    main()
