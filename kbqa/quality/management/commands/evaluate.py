"""Measure the product on a test set; the last line is one JSON object."""

import json as json_
import statistics
import time
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from kbqa.engine import close_engine, get_engine
from kbqa.quality.retrieval import KS, LISTS, RetrievalRun, retrieval_run
from kbqa.quality.testset import read_cases, spread


class Command(BaseCommand):
    help = "Measure retrieval on a JSONL test set: recall of dense, lexical and hybrid search, with intervals."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="one JSON object a line, .jsonl or .jsonl.gz")
        parser.add_argument("--task", choices=["retrieval"], required=True)
        parser.add_argument("--limit", type=int, help="ask only so many questions, evenly over the file")
        parser.add_argument("--json", action="store_true", help="only the JSON line")

    def handle(self, *, file: Path, task: str, limit: int | None, json: bool, **options: object) -> None:
        try:
            cases = read_cases(file)
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        self._quiet = json
        started = time.monotonic()
        try:
            run = retrieval_run(cases, spread(cases, limit), engine=get_engine(), progress=self._progress)
        finally:
            close_engine()
        if not json:
            self._table(run)
        self.stdout.write(json_.dumps(self._summary(file, task, run, time.monotonic() - started)))

    def _progress(self, what: str, done: int, total: int) -> None:
        if not self._quiet:
            self.stderr.write(f"\r{done} of {total} {what}   ", ending="\n" if done == total else "")
            self.stderr.flush()

    def _table(self, run: RetrievalRun) -> None:
        self.stdout.write(f"{len(run.search_ms)} questions, {run.num_passages} passages, 95 % intervals in brackets")
        self.stdout.write("".join(["list".ljust(10), *(f"recall@{k}".ljust(24) for k in KS)]))
        for name in LISTS:
            cells = []
            for k in KS:
                low, high = run.recall_interval(name, k)
                cells.append(f"{run.recall(name, k):.3f} [{low:.3f}, {high:.3f}]".ljust(24))
            self.stdout.write(name.ljust(10) + "".join(cells))

    def _summary(self, file: Path, task: str, run: RetrievalRun, seconds: float) -> dict[str, object]:
        recalls = {name: {f"recall@{k}": round(run.recall(name, k), 4) for k in KS} for name in LISTS}
        return {
            "file": file.name,
            "task": task,
            "questions": len(run.search_ms),
            "passages": run.num_passages,
            **recalls,
            "search_p50_ms": round(statistics.median(run.search_ms), 2),
            "seconds": round(seconds, 1),
        }
