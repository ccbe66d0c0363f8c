"""A prompt of known passages in a new order, against computing it: `python -m benchmarks.passage_reuse`.

A random Llama of 58 million weights, bf16, one thread, the thread's own time: 32 tokens of rules, eight passages of 200
that were seen before, apart, and 32 tokens of question. What the approximation moves: ``divergence``, the mean over
questions of the Kullback-Leibler divergence from the whole prompt's next token, ``same_likeliest``, how often the
likeliest is the same, and ``int8_only``, the divergence where a passage is its whole prompt, so that nothing but
rounding is left. A network that was never trained says little about one that was.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from itertools import count
from pathlib import Path
from statistics import mean, median

import torch
from torch import Tensor

from inference.attention.dense import DenseAttention
from inference.attention.paged import PagedAttention
from inference.batch import Batch, Part
from inference.completion import SamplingParams
from inference.kvcache.passages import PassageStore
from inference.models.decoder import Decoder
from inference.models.passages import PassageKeys
from inference.sequence import PassageRange, Sequence
from inference.step import Fill

from .decoders import BLOCK, Session, checkpoint, load_ours, processor_s, random_prompt, storage_for
from .harness import Row, report, row

PASSAGES = [random_prompt(200, seed=seed) for seed in range(100, 108)]
RULES = random_prompt(32, seed=99)


def open_store(model: Decoder, folder: str) -> PassageStore:
    shape = model.config
    return PassageStore(
        Path(folder),
        max_bytes=1 << 30,
        num_layers=shape.num_hidden_layers,
        kv_heads=shape.num_key_value_heads,
        head_dim=shape.head_dim,
    )


def prompt_of(seed: int, *, num_passages: int = 8) -> tuple[tuple[int, ...], tuple[PassageRange, ...]]:
    """The passages in an order of this seed, a question of its own at the end."""
    order, prompt, ranges = PASSAGES[:num_passages], RULES, []
    random.Random(seed).shuffle(order)
    for passage in order:
        ranges.append(PassageRange(len(prompt), len(prompt) + len(passage)))
        prompt += passage
    return prompt + random_prompt(32, seed=seed), tuple(ranges)


def first_token(model: Decoder, store: PassageStore, *, repeats: int) -> Row:
    known, plain, seeds = Session(model, store=store), Session(model), count(1)
    times: dict[str, list[float]] = {"known": [], "plain": []}
    for turn in range(repeats + 1):
        prompt, ranges = prompt_of(next(seeds))
        for name, session in (("known", known), ("plain", plain)):
            session.cache.clear()
            marked = ranges if name == "known" else ()
            sequence = Sequence(prompt=prompt, passages=marked, sampling=SamplingParams(max_tokens=1))
            seconds = processor_s(lambda: session.run(sequence))  # noqa: B023  # called now
            if turn:
                times[name].append(seconds)
    ours_s, peer_s = median(times["known"]), median(times["plain"])
    return row("ttft-1664", ours=ours_s * 1000, peer=peer_s * 1000, ratio=peer_s / ours_s, unit="ms")


@torch.inference_mode()
def next_logits(
    model: Decoder, store: PassageStore, prompt: tuple[int, ...], ranges: tuple[PassageRange, ...]
) -> Tensor:
    """Of the prompt's last token, its marked parts filled in and the rest computed."""
    num_blocks = len(prompt) // BLOCK + 1
    storage = storage_for(model, num_blocks)
    passages, attention, blocks = PassageKeys(model, storage, store), PagedAttention(storage), range(num_blocks)
    sequence, parts = Sequence(prompt=prompt, passages=ranges, sampling=SamplingParams()), []
    for start, end, passage in sequence.pieces(0, len(prompt)):
        slots = range(start, end)
        if passage is None:
            parts.append(Part(ids=prompt[start:end], start=start, block_ids=blocks, slots=slots))
            continue
        passages.fill(
            Fill(
                sequence=sequence,
                passage=prompt[passage.start : passage.end],
                place=passage.start,
                start=start,
                end=end,
                slots=tuple(slots),
                is_known=True,
            )
        )
    return model(Batch.of(parts, block_size=BLOCK), attention)[-1]


@torch.inference_mode()
def moved(model: Decoder, store: PassageStore, *, num_questions: int) -> dict[str, float]:
    divergences, agreements, alone = [], [], []
    for seed in range(num_questions):
        prompt, ranges = prompt_of(1000 + seed)
        whole = model(Batch.of([Part(ids=prompt, start=0)]), DenseAttention())[-1].log_softmax(-1)
        filled = next_logits(model, store, prompt, ranges).log_softmax(-1)
        divergences.append(float((whole.exp() * (whole - filled)).sum()))
        agreements.append(float(whole.argmax() == filled.argmax()))
        single = (*PASSAGES[seed % 8], *random_prompt(32, seed=seed))
        whole = model(Batch.of([Part(ids=single, start=0)]), DenseAttention())[-1].log_softmax(-1)
        filled = next_logits(model, store, single, (PassageRange(0, 200),)).log_softmax(-1)
        alone.append(float((whole.exp() * (whole - filled)).sum()))
    return {
        "divergence": round(mean(divergences), 4),
        "same_likeliest": round(mean(agreements), 4),
        "int8_only": round(mean(alone), 6),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer turns: under a minute")
    quick = parser.parse_args().quick
    torch.set_num_threads(1)
    with checkpoint() as folder, tempfile.TemporaryDirectory() as kept:
        model = load_ours(folder, "bf16")
        store = open_store(model, kept)
        rows = [first_token(model, store, repeats=2 if quick else 7)]
        facts = moved(model, store, num_questions=3 if quick else 16)
        size_mb = store.num_bytes / 2**20
    report("passage_reuse", rows, megabytes_a_passage=round(size_mb / len(PASSAGES), 3), **facts)


if __name__ == "__main__":
    main()
