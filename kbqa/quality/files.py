"""Test sets as files: JSONL in the form of `manage.py evaluate`, and CSV for spreadsheets.

A spreadsheet runs what begins like a formula, so such cells begin with an apostrophe
when written, and lose it when read.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from kbqa.answers.conversations import FORMULA, harmless
from kbqa.errors import Invalid, NotFound

from .models import TestCase
from .testset import parse_cases

COLUMNS = ("question", "answers", "document", "passage")
MAX_BYTES = 10 * 1024 * 1024
_BETWEEN = "\n"  # answers in one cell


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """A case as somebody wrote it; ``document`` is a name, a title or an id, and may be nobody's."""

    question: str
    answers: tuple[str, ...] = ()
    document: str = ""
    passage: str = ""


def read_file(content: bytes, *, name: str) -> list[NewCase]:
    """The cases of a `.jsonl` or `.csv`; Invalid names the line that is none."""
    try:
        text = content.decode("utf-8-sig")
        return _read_csv(text) if name.lower().endswith(".csv") else _read_jsonl(text, name)
    except UnicodeDecodeError as error:
        raise Invalid("The file is not UTF-8 text.", field="file") from error


def write_file(cases: Iterable[TestCase], *, kind: str) -> str:
    """NotFound for a kind we do not write."""
    writer = _WRITERS.get(kind)
    if writer is None:
        raise NotFound("Test sets are exported as jsonl or csv.")
    return writer(cases)


def _read_jsonl(text: str, name: str) -> list[NewCase]:
    try:
        return [
            NewCase(question=case.question, answers=case.answers, document=case.title, passage=case.context)
            for case in parse_cases(io.StringIO(text), name=name)
        ]
    except ValueError as error:
        raise Invalid(f"{error}.", field="file") from error


def _read_csv(text: str) -> list[NewCase]:
    try:
        rows = csv.DictReader(io.StringIO(text), strict=True)
        if "question" not in (rows.fieldnames or ()):
            raise Invalid("The file's first line has to name its columns; one of them is “question”.", field="file")
        return list(_csv_cases(rows))
    except csv.Error as error:
        raise Invalid(f"The file is no proper CSV: {error}.", field="file") from error


def _csv_cases(rows: Iterable[dict[str, str | None]]) -> Iterator[NewCase]:
    for row in rows:
        cells = {name: _restored(row.get(name) or "") for name in COLUMNS}
        if any(cells.values()):  # an empty line is none
            answers = tuple(filter(None, map(str.strip, cells.pop("answers").split(_BETWEEN))))
            yield NewCase(answers=answers, **cells)


def _write_jsonl(cases: Iterable[TestCase]) -> str:
    return "".join(json.dumps(_evaluated(case), ensure_ascii=False) + "\n" for case in cases)


def _evaluated(case: TestCase) -> dict[str, object]:
    """As `manage.py evaluate` reads it."""
    return {
        "id": str(case.pk),
        "title": case.document.name if case.document else "",
        "context": case.passage,
        "question": case.question,
        "answers": [{"text": answer, "start": case.passage.find(answer)} for answer in case.answers],
        "lang": "",
    }


def _write_csv(cases: Iterable[TestCase]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for case in cases:
        cells = (case.question, _BETWEEN.join(case.answers), case.document.name if case.document else "", case.passage)
        writer.writerow([harmless(cell) for cell in cells])
    return "\ufeff" + out.getvalue()  # the mark by which Excel knows UTF-8


def _restored(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


_WRITERS: dict[str, Callable[[Iterable[TestCase]], str]] = {"jsonl": _write_jsonl, "csv": _write_csv}
