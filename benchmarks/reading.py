"""Reading an answer out of five retrieved passages: the product's way beside plainer ones.

    python -m benchmarks.reading [--quick] [--questions squad_v1.dev.jsonl.gz]

Passages are the five that the index puts first of all the paragraphs of the set. Ours is the engine as it ships:
static INT8 where the machine has it, two passages first and the others in doubt, what the lower layers make of a
passage kept. Beside it, with the joint reader, which is of the same size and keeps nothing: the reference in fp32
through transformers, and our engine. One thread each, question by question in turns; every row has both sides' F1 and
exact matches, always answered.
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
from inference.config import JOINT
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
    options = parser.parse_args()
    if EngineConfig().reader_path is None or not options.questions.is_file():
        print(f"skipped: there is no reader, or no {options.questions.name} to ask")
        return
    torch.set_num_threads(1)
    work = retrieved(options.questions, limit=40 if options.quick else 400)
    with tempfile.TemporaryDirectory() as folder:
        plain = by_transformers(plain_reader(Path(folder) / "reader"))
        report("reading", [*_in_stages(work, plain), *_at_once(work, plain, states=f"{folder}/states")])


def _in_stages(work: Sequence[Asked], plain: Read) -> list[Row]:
    """As the product reads: passages as they come, then all of them known."""
    with Engine(EngineConfig()) as engine, Engine(EngineConfig(read_first=K)) as at_once:
        ours = by_engine(engine)
        return [
            compared("in stages, beside five-at-once", work, ours, by_engine(at_once)),
            compared("in stages, passages known, beside transformers-fp32", work, ours, plain),
            _with(EngineConfig(), "in stages, passages new, beside transformers-fp32", work, plain),
        ]


def _at_once(work: Sequence[Asked], plain: Read, *, states: str) -> list[Row]:
    """All five, beside the joint reader: none known, all known, and all on disk, as after a restart."""
    config = EngineConfig(read_first=K, states_folder=states)
    with Engine(EngineConfig(reader=JOINT, read_first=K)) as joint:
        together = by_engine(joint)
        with Engine(config) as engine:
            rows = [
                compared("at once, passages new, beside joint", work, by_engine(engine), together),
                compared("at once, passages known, beside joint", work, by_engine(engine), together),
            ]
        rows.append(_with(config, "at once, passages on disk, beside joint", work, together))
        rows.append(compared("joint at once, beside transformers-fp32", work, together, plain))
    bf16 = EngineConfig(read_first=K, quantization="bf16")
    with Engine(EngineConfig(read_first=K)) as engine:
        return [*rows, _with(bf16, "at once in bf16, beside INT8", work, by_engine(engine))]


def _with(config: EngineConfig, case: str, work: Sequence[Asked], peer: Read) -> Row:
    """An engine of its own, that knows no passage yet."""
    with Engine(config) as engine:
        return compared(case, work, by_engine(engine), peer)


def _best(reading: Reading, asked: Asked) -> str:
    span = next(iter(reading.spans), None)
    return asked.passages[span.passage][span.start : span.end] if span else ""


if __name__ == "__main__":
    main()
