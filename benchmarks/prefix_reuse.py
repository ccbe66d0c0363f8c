"""Time to the first token when the prompt's beginning is known: `python -m benchmarks.prefix_reuse`.

A random Llama of 58 million weights, bf16, one thread; 2,048 shared tokens and 32 of one's own,
against the same prompt with an empty cache.
"""

from __future__ import annotations

import argparse
from itertools import count

import torch

from .decoders import Session, checkpoint, load_ours, random_prompt
from .harness import paired, report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="512 shared tokens, fewer turns: under a minute")
    length, repeats = (512, 3) if parser.parse_args().quick else (2048, 5)
    torch.set_num_threads(1)
    shared, seeds = random_prompt(length), count(1)
    with checkpoint() as folder:
        model = load_ours(folder, "bf16")
        warm, cold = Session(model), Session(model)
        warm.generate([shared], num_tokens=1)

        def first_token(session: Session) -> None:
            session.generate([(*shared, *random_prompt(32, seed=next(seeds)))], num_tokens=1)

        def from_nothing() -> None:
            cold.cache.clear()
            first_token(cold)

        row = paired(f"ttft-{length}", ours=lambda: first_token(warm), peer=from_nothing, unit="ms", repeats=repeats)
    report("prefix_reuse", [row])


if __name__ == "__main__":
    main()
