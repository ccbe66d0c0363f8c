"""Reading an answer out of five retrieved passages: the product's way beside plainer ones, with the same weights.

    python -m benchmarks.reading [--quick] [--questions squad_v1.dev.jsonl.gz] [--apart READER]

Passages are the five that the index puts first of all the paragraphs of the set. Ours is the engine as it ships:
static INT8 where the machine has it, two passages first and the others in doubt. Beside it: all at once, all at once
in bf16, and the reference in fp32 through transformers. ``--apart`` is a reader whose lower layers see
passages alone: with none of them known, with all, and with all on disk. One thread each, question by question in
turns; every row has both sides' F1 and exact matches, always answered.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

import torch

from inference import Engine, EngineConfig
from inference.score import exact_match, f1
from inference.training.network import load_reader
from inference.types import Reading
from kbqa.quality.testset import read_cases, spread

from .harness import SQUAD, Row, alternated, report, row
from .pipelines import K, Ours, plain_reader


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, what retrieval found for it, and what would be right."""

    question: str
    passages: tuple[str, ...]
    golds: tuple[str, ...]


Read = Callable[[Asked], str]


def retrieved(questions: Path, *, limit: int) -> list[Asked]:
    cases = [case for case in read_cases(questions) if case.answers]
    passages = dict(enumerate(dict.fromkeys(case.context for case in cases)))
    asked = spread(cases, limit)
    with tempfile.TemporaryDirectory() as folder, Ours(Path(folder) / "index") as index:
        index.ingest(passages)
        found = [index.worth_reading(case.question)[:K] for case in asked]
    return [
        Asked(case.question, tuple(passages[number] for number in numbers), tuple(case.answers))
        for case, numbers in zip(asked, found, strict=True)
    ]


def by_engine(engine: Engine) -> Read:
    def read(asked: Asked) -> str:
        return _best(engine.read(asked.question, asked.passages, max_spans=1), asked)

    return read


def by_transformers(folder: Path) -> Read:
    reader = load_reader(folder)

    def read(asked: Asked) -> str:
        found = reader.read([(asked.question, passage) for passage in asked.passages])
        number, best = max(
            ((number, candidates[0]) for number, candidates in enumerate(found) if candidates),
            key=lambda each: each[1].margin,
        )
        return asked.passages[number][best.start : best.end]

    return read


def compared(case: str, work: Sequence[Asked], ours: Read, peer: Read) -> Row:
    ours(work[0]), peer(work[0])
    mine, theirs = alternated(ours, peer, work)
    golds = [asked.golds for asked in work]
    scores = {
        f"{name}{suffix}": mean(score(answer, gold) for answer, gold in zip(turns.given, golds, strict=True))
        for suffix, turns in (("", mine), ("_peer", theirs))
        for name, score in (("f1", f1), ("em", exact_match))
    }
    return row(
        case,
        ours=mean(mine.seconds) * 1000,
        peer=mean(theirs.seconds) * 1000,
        ratio=mean(theirs.seconds) / mean(mine.seconds),
        unit="ms",
        p50=median(mine.seconds) * 1000,
        p50_peer=median(theirs.seconds) * 1000,
        **scores,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--questions", type=Path, default=SQUAD)
    parser.add_argument("--apart", metavar="READER", help="folder of a reader that knows passages again")
    options = parser.parse_args()
    if EngineConfig().reader_path is None or not options.questions.is_file():
        print(f"skipped: there is no reader, or no {options.questions.name} to ask")
        return
    torch.set_num_threads(1)
    work = retrieved(options.questions, limit=40 if options.quick else 400)
    with (
        Engine(EngineConfig()) as shipped,
        Engine(EngineConfig(read_first=K)) as at_once,
        Engine(EngineConfig(read_first=K, quantization="bf16")) as bf16,
        tempfile.TemporaryDirectory() as folder,
    ):
        ours = by_engine(shipped)
        peers = {
            "five-at-once": by_engine(at_once),
            "five-at-once-bf16": by_engine(bf16),
            "transformers-fp32": by_transformers(plain_reader(Path(folder) / "reader")),
        }
        rows = [compared(name, work, ours, peer) for name, peer in peers.items()]
        if options.apart:
            rows += _apart(options.apart, work, at_once=peers["five-at-once"], plain=peers["transformers-fp32"])
        report("reading", rows)


def _apart(folder: str, work: Sequence[Asked], *, at_once: Read, plain: Read) -> list[Row]:
    """All passages at once: none known, beside the shipped reader, then known, from memory and after a restart from
    disk; and known, in stages."""
    with tempfile.TemporaryDirectory() as states:
        config = EngineConfig(reader=folder, read_first=K, states_folder=states)
        with Engine(config) as engine:
            read = by_engine(engine)
            rows = [
                compared("apart, passages new, beside five-at-once", work, read, at_once),
                compared("apart, passages known, beside transformers-fp32", work, read, plain),
            ]
        with Engine(config) as engine:
            rows.append(compared("apart, passages on disk, beside five-at-once", work, by_engine(engine), at_once))
    with Engine(EngineConfig(reader=folder)) as engine:
        read = by_engine(engine)
        for asked in work:
            read(asked)
        return [*rows, compared("apart, in stages, passages known, beside transformers-fp32", work, read, plain)]


def _best(reading: Reading, asked: Asked) -> str:
    span = next(iter(reading.spans), None)
    return asked.passages[span.passage][span.start : span.end] if span else ""


if __name__ == "__main__":
    main()
