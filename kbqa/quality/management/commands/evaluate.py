"""Measure the product on a test set; the last line is one JSON object."""

import json as json_
import statistics
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection

from kbqa.engine import close_engine, get_engine
from kbqa.quality import outcomes
from kbqa.quality.corpus import corpus_run, folders_run
from kbqa.quality.outcomes import Outcome
from kbqa.quality.plots import reliability_svg, risk_coverage_svg, standalone
from kbqa.quality.reading import reading_run
from kbqa.quality.retrieval import KS, LISTS, RetrievalRun, retrieval_run
from kbqa.quality.testset import Case, read_cases, spread

Json = dict[str, Any]  # Any: JSON

TASKS = {
    "retrieval": "the index alone: does it find the passage a question was asked of?",
    "reading": "the reader alone, given the passage; questions without an answer are left out",
    "abstention": "the reader alone, given the passage, and silence where the passage does not answer",
    "open": "everything: the passages become a collection, and each question is asked of all of it",
}


class Command(BaseCommand):
    help = "Measure retrieval, reading, abstention or the whole product on a JSONL test set, with 95 % intervals."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="one JSON object a line, .jsonl or .jsonl.gz")
        parser.add_argument(
            "--task", choices=TASKS, required=True, help="; ".join(f"{name}: {what}" for name, what in TASKS.items())
        )
        parser.add_argument(
            "--documents", type=Path, nargs="+", metavar="FOLDER", help="open: ask over the files in these instead"
        )
        parser.add_argument("--limit", type=int, help="ask only so many questions, evenly over the file")
        parser.add_argument("--save", type=Path, metavar="RUN", help="keep every outcome in this file")
        parser.add_argument("--compare", type=Path, metavar="RUN", help="say what changed since a kept run")
        parser.add_argument("--plots", type=Path, metavar="FOLDER", help="draw reliability and risk by coverage (SVG)")
        parser.add_argument("--json", action="store_true", help="only the JSON line")

    def handle(self, *, file: Path, task: str, limit: int | None, json: bool, **options: Any) -> None:  # Any: paths
        self._quiet = json
        try:
            cases = read_cases(file, needs_context=not options["documents"])
            before = outcomes.load(options["compare"]) if options["compare"] else None
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        if task == "open" and not _has_tables():
            raise CommandError("There are no tables yet: run `make run` or `manage.py migrate` first.")
        if options["documents"] and task != "open":
            raise CommandError("--documents goes with --task open.")
        if missing := [str(folder) for folder in options["documents"] or () if not folder.is_dir()]:
            raise CommandError(f"There is no folder {', '.join(missing)}.")
        started = time.monotonic()
        try:
            summary: Json = {"file": file.name, "task": task}
            if task == "retrieval":
                summary |= self._retrieval(cases, limit)
            else:
                found = self._outcomes(task, cases, limit, options["documents"])
                summary |= outcomes.figures(found, recall=task == "open")
                if kinds := outcomes.by_kind(found):
                    summary["kinds"] = kinds
                if before is not None:
                    summary["compared"] = outcomes.compare(before, found)
                self._keep(found, file, options["save"], options["plots"])
                self._figures(summary)
        finally:
            close_engine()
        summary["seconds"] = round(time.monotonic() - started, 1)
        self.stdout.write(json_.dumps(summary))

    def _retrieval(self, cases: list[Case], limit: int | None) -> Json:
        run = retrieval_run(cases, spread(cases, limit), engine=get_engine(), progress=self._progress)
        self._recalls(run)
        return {
            "questions": len(run.search_ms),
            "passages": run.num_passages,
            **{name: {f"recall@{k}": round(run.recall(name, k), 4) for k in KS} for name in LISTS},
            "search_p50_ms": round(statistics.median(run.search_ms), 2),
        }

    def _outcomes(self, task: str, cases: list[Case], limit: int | None, folders: list[Path] | None) -> list[Outcome]:
        if folders:
            asked = spread(cases, limit)
            return folders_run(folders, asked, progress=self._progress, left_out=self._left_out)
        if task != "abstention":
            asked = spread([case for case in cases if case.answers], limit)
        else:
            asked = spread(cases, limit)
        if task == "open":
            return corpus_run(cases, asked, progress=self._progress)
        return reading_run(asked, engine=get_engine(), progress=self._progress)

    def _keep(self, found: Sequence[Outcome], file: Path, save: Path | None, plots: Path | None) -> None:
        if save:
            outcomes.save(found, save)
        if plots:
            plots.mkdir(parents=True, exist_ok=True)
            title = file.name.split(".jsonl")[0]
            drawn = {
                "reliability": reliability_svg(outcomes.reliability(found), title=title),
                "risk-coverage": risk_coverage_svg(outcomes.risk_by_coverage(found), title=title),
            }
            for name, svg in drawn.items():
                (plots / f"{title}.{name}.svg").write_text(standalone(svg), encoding="utf-8")

    def _left_out(self, name: str, why: str) -> None:
        if not self._quiet:
            self.stderr.write(f"\r{name}: {why}")

    def _progress(self, what: str, done: int, total: int) -> None:
        if not self._quiet:
            self.stderr.write(f"\r{done} of {total} {what}   ", ending="\n" if done == total else "")
            self.stderr.flush()

    def _recalls(self, run: RetrievalRun) -> None:
        if self._quiet:
            return
        self.stdout.write(f"{len(run.search_ms)} questions, {run.num_passages} passages, 95 % intervals in brackets")
        self.stdout.write("".join(["list".ljust(10), *(f"recall@{k}".ljust(24) for k in KS)]))
        for name in LISTS:
            cells = []
            for k in KS:
                low, high = run.recall_interval(name, k)
                cells.append(f"{run.recall(name, k):.3f} [{low:.3f}, {high:.3f}]".ljust(24))
            self.stdout.write(name.ljust(10) + "".join(cells))

    def _figures(self, summary: Json) -> None:
        """One figure a line, its interval beside it."""
        for name, value in summary.items():
            if name == "kinds" and not self._quiet:
                self._kinds(value)
            elif not self._quiet and not name.endswith("_interval"):
                low_high = summary.get(f"{name}_interval")
                self.stdout.write(f"{name:<22}{value}" + (f"  {low_high}" if low_high else ""))

    def _kinds(self, kinds: dict[str, dict[str, int]]) -> None:
        """One kind of question a line, how many were right, wrong and silent."""
        self.stdout.write("kind".ljust(22) + "".join(verdict.rjust(8) for verdict in outcomes.Verdict))
        for kind, counts in kinds.items():
            self.stdout.write(kind.ljust(22) + "".join(str(number).rjust(8) for number in counts.values()))


def _has_tables() -> bool:
    try:
        return bool(connection.introspection.table_names())
    except OperationalError:  # not even the folder is there
        return False
