"""Ours beside Haystack, txtai and LlamaIndex: `python -m benchmarks.peers [--quick] [--peers haystack txtai]`.

The extra `bench` installs them. The same encoder, reader, corpus and one core for all: SQuAD's dev paragraphs
where ../shared has them, else the made knowledge base of the load runs. Each peer takes turns with ours: slice by
slice of the corpus, question by question. Ratios are of time, so they hold on a busy machine; figures do not.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any, Generic

import torch

from inference.config import packaged_encoder
from inference.score import f1
from kbqa.quality.testset import Case, read_cases, spread
from locustfiles import questions

from .encoding import one_core
from .harness import SQUAD, Out, Row, Turns, alternated, report, row
from .pipelines import AT_ONCE, PEERS, Ours, Pipeline, is_installed, plain_reader

NO_TALKING = {"HAYSTACK_TELEMETRY_ENABLED": "False", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}

Asking = Callable[[Sequence[str]], Sequence[Out]]


def made_cases() -> list[Case]:
    """A question about each paragraph of the load runs' gauge books."""
    posts = {
        f"post {number} ": paragraph
        for name, text in questions.documents().items()
        if name.startswith("gauges")
        for number, paragraph in enumerate(text.split("\n\n"), start=int(name[7:10]))
    }
    return [
        Case(
            id=name,
            question=f"What did the gauge at {name}read on the day of the great flood?",
            context=paragraph,
            title="",
            answers=(f"{questions.level_at(number)} centimetres", str(questions.level_at(number))),
            language="en",
        )
        for number, (name, paragraph) in enumerate(posts.items())
    ]


@dataclass(frozen=True, slots=True)
class Size:
    """How much of the corpus is ingested, in slices of how many passages, and how much is asked of it."""

    passages: int | None = None
    slice: int = 256
    questions: int = 500
    answers: int = 200


@dataclass(frozen=True, slots=True)
class Measure(Generic[Out]):
    """How good what a side gave for a case is, from 0 to 1."""

    name: str
    of: Callable[[Case, Out], float]


def against(peer: Pipeline, folder: Path, cases: Sequence[Case], size: Size) -> list[Row]:
    """The rows of this peer; both sides end with the whole corpus."""
    contexts = list(dict.fromkeys(case.context for case in cases))
    numbers = {context: number for number, context in enumerate(contexts)}
    recall: Measure[list[int]] = Measure("recall_at_5", lambda case, found: float(numbers[case.context] in found))
    score: Measure[str] = Measure("f1", lambda case, said: f1(said, case.answers))
    with Ours(folder) as ours:
        for side in (ours, peer):
            warm(side)
        slices = [dict(enumerate(contexts[at : at + size.slice], at)) for at in range(0, len(contexts), size.slice)]
        rows = [rate(f"{peer.name}: ingestion", alternated(ours.ingest, peer.ingest, slices), len(contexts))]
        asked = spread(list(cases), size.questions)
        rows += compared(f"{peer.name}: {peer.lists} retrieval", ours.retrieve, peer.retrieve, asked, recall)
        if peer.can_answer:
            rows += compared(f"{peer.name}: answers", ours.answer, peer.answer, asked[: size.answers], score)
    return rows


def warm(side: Pipeline) -> None:
    """Models loaded and kernels chosen, on passages beyond the corpus' numbers."""
    side.ingest({10**6 + number: f"Nothing of note, number {number}." for number in range(8)})
    side.retrieve(["Is there anything of note?"])
    if side.can_answer:
        side.answer(["Is there anything of note?"])


def compared(
    name: str, ours: Asking[Out], peer: Asking[Out], asked: Sequence[Case], measure: Measure[Out]
) -> list[Row]:
    """One question at a time, by which quality is measured too; then several at once."""
    single = alternated(ours, peer, [[case.question] for case in asked])
    crowds = [[case.question for case in asked[at : at + AT_ONCE]] for at in range(0, len(asked), AT_ONCE)]
    crowded = alternated(ours, peer, crowds)
    good = {
        f"{side}_{measure.name}": mean(
            measure.of(case, given[0]) for case, given in zip(asked, turns.given, strict=True)
        )
        for side, turns in zip(("ours", "peer"), single, strict=True)
    }
    ours_ms, peer_ms = (1e3 * median(turns.seconds) for turns in single)
    return [
        row(f"{name}, one asker, p50", ours=ours_ms, peer=peer_ms, ratio=peer_ms / ours_ms, unit="ms", **good),
        rate(f"{name}, {AT_ONCE} askers", crowded, len(asked)),
    ]


def rate(case: str, turns: tuple[Turns[Any], Turns[Any]], work: int) -> Row:  # Any: only their times count
    ours_s, peer_s = (sum(side.seconds) for side in turns)
    return row(case, ours=work / ours_s, peer=work / peer_s, ratio=peer_s / ours_s, unit="/s")


def best_of_all(rows: Iterable[Row]) -> list[Row]:
    """What the best peer reaches in each case: the least of the ratios."""
    by_case: dict[str, Row] = {}
    for each in rows:
        peer, _, case = str(each["case"]).partition(": ")
        case = case.removeprefix("hybrid ").removeprefix("dense ")
        if case not in by_case or each["ratio"] < by_case[case]["ratio"]:
            by_case[case] = {**each, "case": f"best of the peers ({peer}): {case}"}
    return list(by_case.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="some minutes, for a look")
    parser.add_argument("--peers", nargs="+", choices=list(PEERS), default=list(PEERS))
    options = parser.parse_args()
    os.environ.update(NO_TALKING)
    size = Size(passages=192, slice=64, questions=48, answers=16) if options.quick else Size()
    cases = read_cases(SQUAD) if SQUAD.is_file() else made_cases()
    kept = {case.context for case in spread(cases, size.passages)}
    cases = [case for case in cases if case.context in kept]
    rows: list[Row] = []
    absent = [name for name in options.peers if not is_installed(PEERS[name])]
    with one_core(enabled=True), tempfile.TemporaryDirectory() as work:
        torch.set_num_threads(1)
        reader = plain_reader(Path(work, "reader"))
        for name in options.peers:
            if name not in absent:
                rows += against(PEERS[name](packaged_encoder(), reader), Path(work, name), cases, size)
    for name in absent:
        print(f"{name}: absent, not measured (pip install --editable '.[bench]')")
    report("peers", [*rows, *best_of_all(rows)], absent=absent)


if __name__ == "__main__":
    main()
