"""Answers inside a table's rows: a cell is known by its column's name, and a row by the cells that the question names.

A row is a line such as ``City: Paris | People: 2,102,650``, as ingestion writes it, ``Paris |
2,102,650`` where no header names the columns, or a receipt's ``USB hub 2 @ $79.99 $159.98``. A reader
trained on prose has seen few: it runs over the end of a cell, takes the last number for any other, and
the row above for the one that is meant. What a row says is read off its names instead; prose is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from inference.calibration import Candidate, answer_key

from .terms import evidence_terms

LOOKED_UP = 12.0  # the margin of a cell that both its column and its row are asked for by name

_LINE = re.compile(r"^.* \| .*$", re.MULTILINE)
_CELL = re.compile(  # a value ends before the marks of its notes
    r"(?:^|(?<= \| ))(?:(?P<name>[^:：|]{1,40})[:：] )?(?P<value>.+?)"
    r"(?=(?:(?<=\d)[.;,])?(?:(?<=[^\s|])\[[^\W_]{1,3}\])*(?: \| |$))"
)
_ITEM = re.compile(r"^(?P<what>.+)\s(?P<amount>[$€£¥]?-?\d[\d,.]*[.,]\d\d)$", re.MULTILINE)
_UNIT = re.compile(r"[(（][^)）]*[)）]")
_ALSO = {  # what people ask by → what the column that says it is called
    "cost": "price fee",
    "price": "cost",
    "when": "date",
    "where": "place location",
    "inhabitants": "population",
    "square": "area",
    "old": "age",
    "tall": "height",
    "heavy": "weight",
    "phone": "telephone",
    "telephone": "phone",
}
_HOW_MUCH = re.compile(r"how much (?:is|are|was|were)\b", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_LEAST_OF_NAME = 0.5
_SHORT = 60  # characters of a cell that is one value, rather than text that holds the answer


@dataclass(frozen=True, slots=True)
class Cell:
    """A value, characters ``[start, end)`` of its passage, under its column's name; "" where no header names it."""

    name: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TableRow:
    """Characters ``[start, end)`` of passage ``passage``; ``asked`` is the one cell whose column the question names,
    ``said`` are those whose every term it has, ``known`` is the number of these terms, and ``is_touched`` tells
    whether it has any term of the row."""

    passage: int
    start: int
    end: int
    cells: tuple[Cell, ...]
    said: tuple[Cell, ...]
    known: int
    is_touched: bool
    asked: Cell | None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(cell.name for cell in self.cells)

    @property
    def is_named(self) -> bool:
        """Whether a header names its cells; a colon alone may be anybody's."""
        return sum(map(bool, self.names)) > 1

    def cell_of(self, candidate: Candidate) -> Cell | None:
        """The cell whose value the candidate holds some of."""
        return next((cell for cell in self.cells if candidate.start < cell.end and cell.start < candidate.end), None)


def settled(question: str, passages: Sequence[str], candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates with those in rows put right, and the cell that the question names, where there is one such."""
    rows = list(_rows(question, passages))
    if not rows:
        return list(candidates)
    kept = [_in_its_row(held, rows) for candidate in candidates if (held := _held(candidate, rows))]
    best = max((candidate.margin for candidate in kept), default=0.0)
    return [*kept, *_looked_up(rows, margin=max(LOOKED_UP, best + 1))]


def _rows(question: str, passages: Sequence[str]) -> Iterator[TableRow]:
    asked = evidence_terms(question)
    words = {*_WORD.findall(question.lower()), *asked}
    also = [also for word, also in _ALSO.items() if word in words]
    columns = asked | evidence_terms(" ".join([*also, "price" if _HOW_MUCH.search(question) else ""]))
    for number, passage in enumerate(passages):
        lines = list(_LINE.finditer(passage))
        for line in lines:
            row = _row(number, line, asked, columns)
            if row.is_named or any(
                line.end() + 1 == other.start() or other.end() + 1 == line.start() for other in lines
            ):
                yield row
        for line in _ITEM.finditer(passage):
            if " | " not in line[0]:
                yield _item(number, line, asked)


def _item(passage: int, line: re.Match[str], asked: set[str]) -> TableRow:
    """A line that ends in an amount of money: known by any words of it that the question has."""
    what, amount = (Cell(name, line[group], *line.span(group)) for name, group in (("", "what"), ("amount", "amount")))
    known = len(evidence_terms(what.value) & asked)
    return TableRow(passage, line.start(), line.end(), (what, amount), (what,) * bool(known), known, bool(known), None)


def _row(passage: int, line: re.Match[str], asked: set[str], columns: set[str]) -> TableRow:
    cells = _cells(line)
    terms = {cell: evidence_terms(cell.value) for cell in cells}
    said = {cell: len(found) for cell, found in terms.items() if found and found <= asked}
    column = _column([cell for cell in cells if cell.name and cell not in said], columns)
    is_touched = any(found & asked for found in terms.values())
    return TableRow(passage, line.start(), line.end(), cells, tuple(said), sum(said.values()), is_touched, column)


def _cells(line: re.Match[str]) -> tuple[Cell, ...]:
    at = line.start()
    return tuple(
        Cell((cell["name"] or "").strip(), cell["value"], at + cell.start("value"), at + cell.end("value"))
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


def _held(candidate: Candidate, rows: Sequence[TableRow]) -> Candidate | None:
    """Within one cell, that of the column asked for where one is, whole if it is short; None for what is no value."""
    row = _row_of(candidate, rows)
    if row is None or not row.is_named:
        return candidate
    cell = row.cell_of(candidate)
    if row.asked and (cell != row.asked or len(cell.value) <= _SHORT):
        return replace(candidate, start=row.asked.start, end=row.asked.end)
    if cell is None:
        return None
    return replace(candidate, start=max(candidate.start, cell.start), end=min(candidate.end, cell.end))


def _in_its_row(candidate: Candidate, rows: Sequence[TableRow]) -> Candidate:
    """Out of a row that the question has no word of: the same column's cell of the one row that it names."""
    row = _row_of(candidate, rows)
    if row is None or row.is_touched or (cell := row.cell_of(candidate)) is None:
        return candidate
    column = row.cells.index(cell)
    alike = [other for other in rows if other.passage == row.passage and other.names == row.names]
    known = [other for other in alike if other.known and other.cells[column] not in other.said]
    most = max((other.known for other in known), default=0)
    meant = [other.cells[column] for other in known if other.known == most]
    return replace(candidate, start=meant[0].start, end=meant[0].end) if len(meant) == 1 else candidate


def _row_of(candidate: Candidate, rows: Sequence[TableRow]) -> TableRow | None:
    return next(
        (row for row in rows if row.passage == candidate.passage and row.start <= candidate.start < row.end), None
    )


def _looked_up(rows: Sequence[TableRow], *, margin: float) -> list[Candidate]:
    """The cell asked for, of the row that is known best; none where such rows say different things."""
    found = [(row, row.asked) for row in rows if row.is_named and row.asked and row.known]
    most = max((_knowledge(row) for row, _ in found), default=(0, False))
    best = [(row, cell) for row, cell in found if _knowledge(row) == most]
    if len({answer_key(cell.value) for _, cell in best}) != 1:
        return []
    row, cell = best[0]
    return [Candidate(passage=row.passage, start=cell.start, end=cell.end, margin=margin)]


def _knowledge(row: TableRow) -> tuple[int, bool]:
    """How much of a row is known, and whether that is what its first column names it by."""
    return row.known, row.cells[0] in row.said
