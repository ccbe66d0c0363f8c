"""Test sets on disk: one JSON object a line, `{id, title, context, question, answers: [{text, start}], lang}`."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A question, the passage it was asked of, and the answers that count as right; none: unanswerable there."""

    id: str
    question: str
    context: str
    title: str
    answers: tuple[str, ...]
    language: str


def read_cases(path: Path) -> list[Case]:
    """Every case of a `.jsonl` or `.jsonl.gz`; ValueError names the line that is not one."""
    return list(_cases(path))


def _cases(path: Path) -> Iterator[Case]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                row = json.loads(line)
                yield Case(
                    id=str(row.get("id", number)),
                    question=row["question"],
                    context=row["context"],
                    title=row.get("title", ""),
                    answers=tuple(answer["text"] for answer in row.get("answers", [])),
                    language=row.get("lang", ""),
                )
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{path.name}, line {number}: not a test case ({error!r})") from error


def spread(cases: list[Case], limit: int | None) -> list[Case]:
    """At most ``limit`` cases, evenly over the file, so that no part of it is left out; the same ones every time."""
    if limit is None or limit >= len(cases):
        return cases
    return [cases[index * len(cases) // limit] for index in range(limit)]
