"""Test sets on disk: one JSON object a line, `{id, title, context, question, answers: [{text, start}], lang}`."""

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A question, the passage it was asked of, and the answers that count as right; none: unanswerable there.

    ``kind`` is whatever sort of question the set's author calls it; figures are given for each besides.
    """

    id: str
    question: str
    context: str
    title: str
    answers: tuple[str, ...]
    language: str
    kind: str = ""


def read_cases(path: Path, *, needs_context: bool = True) -> list[Case]:
    """Every case of a `.jsonl` or `.jsonl.gz`; ValueError names the line that is not one."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        return list(parse_cases(lines, name=path.name, needs_context=needs_context))


def parse_cases(lines: Iterable[str], *, name: str, needs_context: bool = True) -> Iterator[Case]:
    """A case a line; ``name`` is what the lines came from, for whoever has to mend them."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            yield Case(
                id=str(row.get("id", number)),
                question=_text(row["question"]),
                context=_text(row["context"] if needs_context else row.get("context", "")),
                title=_text(row.get("title", "")),
                answers=tuple(_text(a if isinstance(a, str) else a["text"]) for a in row.get("answers", [])),
                language=_text(row.get("lang", "")),
                kind=_text(row.get("kind", "")),
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"{name}, line {number}: not a test case ({error!r})") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is not text")
    return value


def spread(cases: list[Case], limit: int | None) -> list[Case]:
    """At most ``limit`` cases, evenly over the file, so that no part of it is left out; the same ones every time."""
    if limit is None or limit >= len(cases):
        return cases
    return [cases[index * len(cases) // limit] for index in range(limit)]
