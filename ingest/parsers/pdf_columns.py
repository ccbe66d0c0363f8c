"""Lines that stand in columns → rows of a table, or the columns of a page read one after the other.

A wide gap within a line parts its cells. Cells of consecutive lines that stand
above each other are columns: short ones make a table, long ones are prose set in
columns that the file holds row by row.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.language import reads_leftwards

from .pdf_lines import Cell, Line

_MIN_ROWS = 3
_PROSE_CHARS = 28
_MIN_PROSE_ROWS = 6
_ALIGNED_SHARE = 0.6
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A table: its rows' cells, "" where a row has none in a column."""

    cells: list[list[str]]


def with_tables(lines: Sequence[Line]) -> Iterator[Line | Rows]:
    """The lines in reading order, runs of them that form a table in its place."""
    run: list[Line] = []
    for line in lines:
        if run and not _goes_on(run, line):
            yield from _resolved(run)
            run = []
        if run or len(line.cells) > 1:
            run.append(line)
        else:
            yield line
    yield from _resolved(run)


def _goes_on(run: Sequence[Line], line: Line) -> bool:
    """Whether a line belongs to the rows above it: next below them, in cells or within one of their later columns."""
    above = run[-1]
    step = above.bottom - line.bottom
    if not -0.3 * line.size < step < 3.2 * max(above.size, line.size):
        return False
    if len(line.cells) > 1:
        return True
    first = next(row for row in run if len(row.cells) > 1).cells
    return step < 1.6 * above.size and line.left > first[0].right and line.right <= first[-1].right + line.size


def _resolved(run: Sequence[Line]) -> Iterator[Line | Rows]:
    """The run as a table, as prose in columns, or as the lines it was."""
    rows = [line for line in run if len(line.cells) > 1]
    columns = _columns(rows)
    enough = len(rows) >= _MIN_ROWS or (len(rows) == 2 and len(columns) > 2)
    if not enough or len(columns) < 2 or not _is_aligned(rows, columns):
        yield from run
    elif _is_prose(rows, columns):
        yield from _column_by_column(run, columns)
    else:
        table = _table(run, columns)
        if reads_leftwards(" ".join(line.text for line in run)):
            table = [row[::-1] for row in table]
        yield Rows(cells=table)


def _columns(rows: Sequence[Line]) -> list[Interval]:
    """Where cells stand above each other, judged by the rows with about the most cells.

    A quarter of these must cover a column, so that a cell which spans two does not join them.
    """
    most = max((len(row.cells) for row in rows), default=0)
    full = [row for row in rows if len(row.cells) >= 0.75 * most]
    edges = sorted((x, step) for row in full for cell in row.cells for x, step in ((cell.left, 1), (cell.right, -1)))
    columns: list[Interval] = []
    covering, begins, some = 0, 0.0, max(1, len(full) // 4)
    for x, step in edges:
        if covering < some <= covering + step:
            begins = x
        elif covering + step < some <= covering:
            columns.append((begins, x))
        covering += step
    return columns


def _is_aligned(rows: Sequence[Line], columns: Sequence[Interval]) -> bool:
    """Whether cells share an edge or a middle with others of their column; gaps of justified prose do not."""
    tolerance = 0.35 * rows[0].size
    aligned = 0
    for column in range(1, len(columns)):
        cells = [cell for row in rows for cell in row.cells if _column_of(cell, columns) == column]
        best = max(_num_at_one_place(sorted(map(place, cells)), tolerance) for place in (_left, _right, _middle))
        aligned += best >= max(2, _ALIGNED_SHARE * len(cells))
    return aligned >= _ALIGNED_SHARE * (len(columns) - 1)


def _num_at_one_place(places: Sequence[float], tolerance: float) -> int:
    return max((bisect_right(places, at + tolerance) - index for index, at in enumerate(places)), default=0)


def _left(cell: Cell) -> float:
    return cell.left


def _right(cell: Cell) -> float:
    return cell.right


def _middle(cell: Cell) -> float:
    return (cell.left + cell.right) / 2


def _is_prose(rows: Sequence[Line], columns: Sequence[Interval]) -> bool:
    if len(columns) > 3 or len(rows) < _MIN_PROSE_ROWS:
        return False
    return all(
        sum(len(cell.text) for row in rows for cell in row.cells if _column_of(cell, columns) == column)
        >= _PROSE_CHARS * len(rows)
        for column in range(len(columns))
    )


def _column_by_column(run: Sequence[Line], columns: Sequence[Interval]) -> Iterator[Line]:
    for column in range(len(columns)):
        for line in run:
            for cell in line.cells:
                if _column_of(cell, columns) == column:
                    yield line.only(cell)


def _table(run: Sequence[Line], columns: Sequence[Interval]) -> list[list[str]]:
    """The rows; a line that fills only later columns continues the row above it."""
    table: list[list[str]] = []
    above: Line | None = None
    for line in run:
        row = [""] * len(columns)
        for cell in line.cells:
            column = _column_of(cell, columns)
            row[column] = f"{row[column]} {cell.text}".strip()
        close = above is not None and above.bottom - line.bottom < 1.4 * line.size
        if table and close and not row[0] and len(line.cells) < len(columns) and len(line.cells) == 1:
            table[-1] = [f"{upper} {lower}".strip() for upper, lower in zip(table[-1], row, strict=True)]
        else:
            table.append(row)
        above = line
    return table


def _column_of(cell: Cell, columns: Sequence[Interval]) -> int:
    """The column that covers most of the cell, or the nearest."""

    def shared(column: int) -> float:
        left, right = columns[column]
        return min(cell.right, right) - max(cell.left, left)

    return max(range(len(columns)), key=shared)
