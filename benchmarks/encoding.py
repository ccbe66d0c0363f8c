"""`embed` beside sentence-transformers (and OpenVINO where it is installed), one thread each; INT8 beside bf16 too.

    python -m benchmarks.encoding [--quick] [--quantization auto] [--texts reading.jsonl.gz] [--onnx FOLDER]

``overlap`` is the share of each query's ten nearest passages that stay the ten nearest, and
``cosine`` the mean likeness of a text's two vectors, both measured on the texts of ``--texts``
where given (a reading test set: questions and contexts), else on made ones.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import random
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch

from inference import Engine, EngineConfig
from inference.config import packaged_encoder
from kbqa.quality.testset import read_cases, spread

from .harness import Row, paired, report

Embed = Callable[[Sequence[str]], np.ndarray]
BATCH = 32
_WORDS = re.findall(
    r"\w+",
    "time year people way day man thing woman life child world school state family student group country problem hand "
    "part place case week company system program question work government number night point home water room mother "
    "area money story fact month lot right study book eye job word business issue side kind head house service friend",
)


def made_text(draw: random.Random, *, words: int) -> str:
    """Common English words, one token each: a text of known length and no meaning."""
    return " ".join(draw.choices(_WORDS, k=words))


def sentence_transformers() -> Embed:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(packaged_encoder()), device="cpu")
    return lambda texts: model.encode(list(texts), batch_size=BATCH, show_progress_bar=False, normalize_embeddings=True)


def openvino() -> Embed | None:
    """The same network compiled by OpenVINO, bf16, one thread; None where it is not installed."""
    if importlib.util.find_spec("openvino") is None:
        return None
    import openvino as ov
    from sentence_transformers import SentenceTransformer

    whole = SentenceTransformer(str(packaged_encoder()), device="cpu")
    names = ("input_ids", "attention_mask", "token_type_ids")
    example = {name: torch.ones(2, 8, dtype=torch.int64) for name in names}
    network = ov.convert_model(whole[0].auto_model, example_input=example)
    settings = {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "bf16"}
    compiled = ov.Core().compile_model(network, "CPU", settings)

    def embed(texts: Sequence[str]) -> np.ndarray:
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))  # as sentence-transformers does
        vectors = np.empty((len(texts), whole.get_sentence_embedding_dimension()), np.float32)
        for first in range(0, len(order), BATCH):
            places = order[first : first + BATCH]
            tokens = whole.tokenize([texts[place] for place in places])
            states = compiled({name: tokens[name].numpy() for name in names})[0]  # [texts, tokens, size]
            mask = tokens["attention_mask"].numpy()[..., None]
            sums = (states * mask).sum(1)
            vectors[places] = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        return vectors

    return embed


def agreement(ours: Embed, peer: Embed, *, queries: list[str], passages: list[str]) -> dict[str, float]:
    """Mean cosine, and top-10 overlap, of the two encoders' vectors."""
    q, p, their_q, their_p = ours(queries), ours(passages), peer(queries), peer(passages)
    top, their_top = (np.argsort(-scores, axis=1)[:, :10] for scores in (q @ p.T, their_q @ their_p.T))
    shared = [len(set(one) & set(other)) / 10 for one, other in zip(top.tolist(), their_top.tolist(), strict=True)]
    return {
        "overlap": float(np.mean(shared)),
        "cosine": float(np.concatenate([(q * their_q).sum(1), (p * their_p).sum(1)]).mean()),
    }


def read_texts(path: Path | None, *, limit: int) -> tuple[list[str], list[str]]:
    """Queries and passages to compare vectors on."""
    draw = random.Random(7)
    if path is None:
        passages = [made_text(draw, words=draw.randint(40, 200)) for _ in range(limit)]
        return [made_text(draw, words=draw.randint(5, 15)) for _ in range(limit)], passages
    cases = read_cases(path)
    contexts = list(dict.fromkeys(case.context for case in cases))
    draw.shuffle(contexts)
    return [case.question for case in spread(cases, limit)], contexts[:limit]


def cases_against(
    peer: Embed, name: str, engine: Engine, *, texts: tuple[list[str], list[str]], quick: bool
) -> list[Row]:
    draw = random.Random(1)
    queries = [made_text(draw, words=12) for _ in range(BATCH)]
    passages = [made_text(draw, words=200) for _ in range(BATCH)]
    agreed = agreement(engine.embed, peer, queries=texts[0], passages=texts[1])

    def compared(case: str, batch: list[str], *, repeats: int, unit: str = "/s") -> Row:
        return paired(
            f"{case}-vs-{name}",
            ours=lambda: engine.embed(batch),
            peer=lambda: peer(batch),
            work=len(batch),
            unit=unit,
            repeats=repeats,
            **agreed,
        )

    return [
        compared("queries", queries, repeats=7 if quick else 31),
        compared("passages", passages, repeats=3 if quick else 9),
        compared("single-query", queries[:1], repeats=31 if quick else 201, unit="ms"),
    ]


@contextmanager
def one_core(*, enabled: bool) -> Iterator[None]:
    """Both sides on one core, so that a busy neighbour takes from both alike."""
    before = os.sched_getaffinity(0)
    if enabled:
        os.sched_setaffinity(0, {max(before)})
    yield
    os.sched_setaffinity(0, before)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="under a minute")
    parser.add_argument("--quantization", default="auto", choices=["auto", "fp32", "bf16", "int8"])
    parser.add_argument("--texts", type=Path, help="a reading test set to compare vectors on")
    parser.add_argument("--onnx", metavar="FOLDER", help="also beside our own graphs in onnxruntime")
    parser.add_argument("--pin", action="store_true", help="keep to one core")
    options = parser.parse_args()
    texts = read_texts(options.texts, limit=60 if options.quick else 300)
    with (
        one_core(enabled=options.pin),
        Engine(EngineConfig(use_reader=False, quantization=options.quantization)) as engine,
    ):
        torch.set_num_threads(1)
        print(f"arithmetic: {engine.precision}")
        rows = cases_against(sentence_transformers(), "st", engine, texts=texts, quick=options.quick)
        if (other := openvino()) is not None:
            rows += cases_against(other, "openvino", engine, texts=texts, quick=options.quick)[:2]
        if options.onnx:
            with Engine(EngineConfig(use_reader=False, onnx=options.onnx)) as graphs:
                rows += cases_against(graphs.embed, "onnx", engine, texts=texts, quick=options.quick)
        if engine.precision == "int8":
            with Engine(EngineConfig(use_reader=False, quantization="bf16")) as plain:
                rows += cases_against(plain.embed, "bf16", engine, texts=texts, quick=options.quick)
    report("encoding", rows)


if __name__ == "__main__":
    main()
