"""Prompt-lookup guesses on an answer that copies from its prompt: `python -m benchmarks.speculation`.

A Llama of 58 million weights that counts: its layers run in full and add nothing, and its head
names the next number, so that after a passage of numbers it copies the passage. INT8, one thread.
The peer is the same engine without guesses; a run whose tokens differ stops here.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from inference.layers.linear import DTYPES, pack
from inference.models.decoder import Decoder
from inference.models.registry import load_decoder

from .decoders import Session, checkpoint, random_prompt
from .harness import paired, report

PASSAGE = tuple(range(1000, 1300))


def counting(folder: Path) -> Decoder:
    model = load_decoder(folder, dtype=DTYPES["int8"])
    for layer in model.layers:
        layer.attention.output.weight.data.zero_()
        layer.mlp.down.weight.data.zero_()
    model.head.weight.data.copy_(model.words.weight.roll(1, 0))
    pack(model, "int8", int8_inputs=True)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer tokens and turns: under a minute")
    num_tokens, repeats = (40, 3) if parser.parse_args().quick else (120, 7)
    torch.set_num_threads(1)
    with checkpoint() as folder:
        model = counting(folder)
        guessing, plain = Session(model, max_drafts=6), Session(model)
        copying = (*PASSAGE, 5, 1000, 1001)
        inventing = (*random_prompt(300), 9000)
        rows = []
        for case, prompt in (("copies", copying), ("copies-nothing", inventing)):
            if guessing.generate([prompt], num_tokens=40) != plain.generate([prompt], num_tokens=40):
                raise SystemExit("guessing changed the tokens")
            rows.append(
                paired(
                    case,
                    ours=lambda: guessing.generate([prompt], num_tokens=num_tokens),  # noqa: B023  # called now
                    peer=lambda: plain.generate([prompt], num_tokens=num_tokens),  # noqa: B023
                    work=num_tokens,
                    unit="tok/s",
                    repeats=repeats,
                )
            )
    report("speculation", rows)


if __name__ == "__main__":
    main()
