"""Rows of cells → lines a person, a term index and an encoder can all read.

Under a header that names its columns, a row says so itself: ``City: Paris |
People: 2,102,650``. Otherwise cells are parted by bars and the header, if any,
is the first line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, takewhile

from ingest.clean import one_line

_NUMBER = re.compile(r"[-+(]?[$€£¥]?\s*\d[\d.,:/%\s-]*\)?[%€]?")
_MEASURE = re.compile(rf"{_NUMBER.pattern}(?P<unit>[^\W\d_]*)")
MAX_NAME_CHARS = 40
_ABBREVIATED = re.compile(
    r"\b(?:no|nos|nr|num|id|art|ref|acct|dept|tel|qty|amt|approx|est|min|max|avg|incl|excl)\.$", re.IGNORECASE
)
_MAX_NAMED_COLUMNS = 24
_SAMPLE_ROWS = 8


def table_lines(
    rows: Iterable[Sequence[str]], *, has_header: bool | None = None, names: Sequence[str] = ()
) -> tuple[Iterator[str], bool]:
    """The table's lines as they are asked for, and whether the first is its header; ``names`` stand above all rows."""
    filled = _filled(rows)
    if names:
        return _lines(filled, header=names if _names_columns(names) else ()), False
    sample = list(islice(filled, _SAMPLE_ROWS))
    header = len(sample) > 1 and (looks_like_header(sample) if has_header is None else has_header)
    named = header and _names_columns(sample[0])
    if named:
        return chain([_barred(sample[0])], _lines(chain(sample[1:], filled), header=sample[0])), header
    return _lines(chain(sample, filled)), header


def captioned(rows: Iterable[Sequence[str]]) -> tuple[list[str], Iterator[list[str]]]:
    """The titles that stand alone above a table's first row, and its rows; cells that all stand alone are rows."""
    filled = _filled(rows)
    sample = list(islice(filled, _SAMPLE_ROWS))
    above = list(takewhile(lambda row: sum(map(bool, row)) == 1, sample))
    if len(above) == len(sample):
        above = []
    return ["".join(row) for row in above], chain(sample[len(above) :], filled)


def _filled(rows: Iterable[Sequence[str]]) -> Iterator[list[str]]:
    for row in rows:
        cleaned = [one_line(cell) for cell in row]
        if any(cleaned):
            yield cleaned


def _lines(rows: Iterable[list[str]], *, header: Sequence[str] = ()) -> Iterator[str]:
    return (_named(header, row) if header else _barred(row) for row in rows)


def _barred(row: Sequence[str]) -> str:
    return " | ".join(cell for cell in row if cell)


def looks_like_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names columns: words without numbers, no two alike, and rows about as wide below it."""
    first = rows[0]
    filled = [cell for cell in first if cell]
    if len(filled) < 2 or len(set(filled)) < len(filled):
        return False
    if not all(_may_name_column(cell) for cell in filled):
        return False
    widest = max(sum(1 for cell in row if cell) for row in rows[1:])
    # A form has a name and its value in each row; where there are two names, numbers of one kind stand under them.
    if len(filled) == 2:
        column = list(first).index(filled[1])
        return widest <= 3 and _are_measures([row[column] for row in rows[1:] if len(row) > column and row[column]])
    return len(filled) >= widest - 1


def _are_measures(values: Sequence[str]) -> bool:
    """Whether most are numbers, all of these of one unit or of none."""
    units = Counter(found["unit"] for value in values if (found := _MEASURE.fullmatch(value)))
    return 2 * max(units.values(), default=0) > len(values)


def _may_name_column(cell: str) -> bool:
    """Words, neither a number, nor a sentence, nor the name of a field whose value follows."""
    ends = cell.endswith((".", ":", "：", "。")) and not _ABBREVIATED.search(cell)
    return len(cell) <= MAX_NAME_CHARS and not _NUMBER.fullmatch(cell) and not ends


def _names_columns(row: Sequence[str]) -> bool:
    filled = [cell for cell in row if cell]
    return (
        min(2, len(row) - 1) <= len(filled) <= _MAX_NAMED_COLUMNS  # of two columns one may go without a name
        and len(set(filled)) == len(filled)
        and all(len(cell) <= MAX_NAME_CHARS for cell in filled)
    )


def _named(header: Sequence[str], row: Sequence[str]) -> str:
    cells = []
    for column, cell in enumerate(row):
        name = header[column].rstrip(":：") if column < len(header) else ""
        if cell:
            cells.append(f"{name}: {cell}" if name else cell)
    return " | ".join(cells)
