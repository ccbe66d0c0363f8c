"""Answers inside a table's rows: a cell is known by its column's name, and a row by the cells that the question names.

A row is a line such as ``City: Paris | People: 2,102,650``, as ingestion writes it. A reader
trained on prose has seen few: it runs over the end of a cell, and takes the last number for any
other. What a row says is read off its names instead; prose is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from inference.calibration import Candidate, answer_key

from .terms import evidence_terms

LOOKED_UP = 12.0  # the margin of a cell that both its column and its row are asked for by name

_ROW = re.compile(r"^[^\n|]+?[:：] .* \| .*$", re.MULTILINE)
_CELL = re.compile(r"(?:^|(?<= \| ))(?P<name>[^:：|]{1,40})[:：] (?P<value>.+?)(?= \| |$)")
_UNIT = re.compile(r"[(（][^)）]*[)）]")
_ALSO = {"cost": "price fee", "price": "cost", "when": "date", "where": "place location"}
_WORD = re.compile(r"\w+")
_LEAST_OF_NAME = 0.5


@dataclass(frozen=True, slots=True)
class Cell:
    """A value, characters ``[start, end)`` of its passage, under its column's name."""

    name: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Row:
    """Characters ``[start, end)`` of passage ``passage``; ``asked`` is the one cell whose column the question names,
    ``known`` the number of the question's terms that its other cells say."""

    passage: int
    start: int
    end: int
    cells: tuple[Cell, ...]
    asked: Cell | None
    known: int

    def cell_of(self, candidate: Candidate) -> Cell | None:
        """The cell whose value the candidate holds some of."""
        return next((cell for cell in self.cells if candidate.start < cell.end and cell.start < candidate.end), None)


def settled(question: str, passages: Sequence[str], candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates with those in rows put right, and the cell that the question names, where there is one such."""
    rows = list(_rows(question, passages))
    if not rows:
        return list(candidates)
    kept = [held for candidate in candidates if (held := _held(candidate, rows))]
    best = max((candidate.margin for candidate in kept), default=0.0)
    return [*kept, *_looked_up(rows, margin=max(LOOKED_UP, best + 1))]


def _rows(question: str, passages: Sequence[str]) -> Iterator[Row]:
    asked = evidence_terms(question)
    words = {*_WORD.findall(question.lower()), *asked}
    columns = asked | evidence_terms(" ".join(also for word, also in _ALSO.items() if word in words))
    for number, passage in enumerate(passages):
        for line in _ROW.finditer(passage):
            cells = _cells(line)
            said = {cell: len(terms) for cell in cells if (terms := evidence_terms(cell.value)) and terms <= asked}
            column = _column([cell for cell in cells if cell not in said], columns)
            if len(cells) > 1:
                yield Row(number, line.start(), line.end(), cells, column, sum(said.values()))


def _cells(line: re.Match[str]) -> tuple[Cell, ...]:
    at = line.start()
    return tuple(
        Cell(cell["name"].strip(), cell["value"], at + cell.start("value"), at + cell.end("value"))
        for cell in _CELL.finditer(line[0])
    )


def _column(cells: Sequence[Cell], asked: set[str]) -> Cell | None:
    """The cell whose column is named best; None where none is, or two are alike."""
    shares = [(_share(evidence_terms(_UNIT.sub("", cell.name)), asked), cell) for cell in cells]
    best = max((share for share, _ in shares), default=0.0)
    named = [cell for share, cell in shares if share == best]
    return named[0] if best >= _LEAST_OF_NAME and len(named) == 1 else None


def _share(name: set[str], asked: set[str]) -> float:
    return len(name & asked) / len(name) if name else 0.0


def _held(candidate: Candidate, rows: Sequence[Row]) -> Candidate | None:
    """Within one cell, that of the column asked for where one is; None for a candidate that is no value."""
    row = next(
        (row for row in rows if row.passage == candidate.passage and row.start <= candidate.start < row.end), None
    )
    if row is None:
        return candidate
    cell = row.cell_of(candidate)
    if row.asked and cell != row.asked:
        return replace(candidate, start=row.asked.start, end=row.asked.end)
    if cell is None:
        return None
    return replace(candidate, start=max(candidate.start, cell.start), end=min(candidate.end, cell.end))


def _looked_up(rows: Sequence[Row], *, margin: float) -> list[Candidate]:
    """The cell asked for, of the row that is known best; none where such rows say different things."""
    found = [(row, row.asked) for row in rows if row.asked and row.known]
    most = max((row.known for row, _ in found), default=0)
    best = [(row, cell) for row, cell in found if row.known == most]
    if len({answer_key(cell.value) for _, cell in best}) != 1:
        return []
    row, cell = best[0]
    return [Candidate(passage=row.passage, start=cell.start, end=cell.end, margin=margin)]
