"""Lines that stand in columns → rows of a table, or the columns of a page read one after the other.

A wide gap within a line parts its cells. Cells of consecutive lines that stand
above each other are columns: short ones make a table, long ones are prose set in
columns that the file holds row by row.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ingest.clean import join_line
from ingest.language import reads_leftwards

from .line import LEADERS, Cell, Line

_MIN_ROWS = 3
_PROSE_CHARS = 28
_MIN_PROSE_ROWS = 6
_ALIGNED_SHARE = 0.6
_MAX_TITLE_GAP = 3.0  # letter sizes
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A table: its rows' cells, "" where a row has none in a column; and its place.

    ``names`` are the columns' where none of its rows has them, but a table above it.
    """

    cells: list[list[str]]
    columns: list[Interval]
    bottom: float
    top: float
    size: float
    turns: int = 0
    names: list[str] = field(default_factory=list)

    def is_next_above(self, top: float, *, size: float) -> bool:
        """Whether what begins at ``top`` stands below the table, with no more than a title between."""
        return -0.3 * size < self.bottom - top < _MAX_TITLE_GAP * max(self.size, size)


def with_tables(lines: Sequence[Line]) -> Iterator[Line | Rows]:
    """The lines in reading order, runs of them that form a table in its place."""
    above: Rows | None = None
    for run in _runs(lines):
        for entry in _resolved(run, above):
            above = entry if isinstance(entry, Rows) else above
            yield entry


def columns_under(cell: Interval, columns: Sequence[Interval]) -> list[int]:
    """The columns that share at least half of the narrower of the two with the cell."""
    left, right = cell
    return [
        index
        for index, (begins, ends) in enumerate(columns)
        if min(right, ends) - max(left, begins) >= 0.5 * min(right - left, ends - begins)
    ]


def matched(columns: Sequence[Interval], above: Sequence[Interval]) -> list[int]:
    """For each column the one it stands under, each its own; empty if they do not align."""
    under = [columns_under(column, above) for column in columns]
    found = [indices[0] for indices in under if len(indices) == 1]
    return found if len(set(found)) == len(columns) else []


def _runs(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines that may be one table together; most are alone."""
    run: list[Line] = []
    for line in lines:
        if run and not _goes_on(run, line):
            yield run
            run = []
        if run or len(line.cells) > 1:
            run.append(line)
        else:
            yield [line]
    if run:
        yield run


def _goes_on(run: Sequence[Line], line: Line) -> bool:
    """Whether a line belongs to the rows above it: next below them, in cells or within one of their later columns."""
    above = run[-1]
    step = above.bottom - line.bottom
    if not -0.3 * line.size < step < 3.2 * max(above.size, line.size):
        return False
    if len(line.cells) > 1:
        return True
    first = next(row for row in run if len(row.cells) > 1).cells
    is_within = line.right <= first[-1].right + line.size or abs(line.left - first[-1].left) < 0.5 * line.size
    return step < 1.6 * above.size and line.left > first[0].right and is_within


def _resolved(run: Sequence[Line], above: Rows | None) -> Iterator[Line | Rows]:
    """The run as a table, as more rows of the table above, as prose in columns, or as the lines it was."""
    rows = [line for line in run if len(line.cells) > 1]
    columns = _columns(rows)
    enough = len(rows) >= _MIN_ROWS or (len(rows) == 2 and len(columns) > 2)
    if above and len(columns) > 2 and _is_under(run, columns, above):
        yield _rows(run, above.columns)
    elif not enough or len(columns) < 2 or not _is_aligned(rows, columns):
        yield from run
    elif _is_prose(rows, columns):
        yield from _column_by_column(run, columns)
    else:
        yield _rows(run, columns)


def _is_under(run: Sequence[Line], columns: Sequence[Interval], above: Rows) -> bool:
    is_next = run[0].turns == above.turns and above.is_next_above(run[0].top, size=run[0].size)
    return is_next and bool(matched(columns, above.columns))


def _rows(run: Sequence[Line], columns: list[Interval]) -> Rows:
    columns = sorted(columns)  # those of a table read leftwards are not
    table, columns = _table(run, columns), _widened(columns, run)
    if reads_leftwards(" ".join(line.text for line in run)):
        table, columns = [row[::-1] for row in table], columns[::-1]
    return Rows(
        cells=table,
        columns=columns,
        bottom=run[-1].bottom,
        top=run[0].top,
        size=run[0].size,
        turns=run[0].turns,
    )


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
    cells_by_column: list[list[Cell]] = [[] for _ in columns]
    for cell in (cell for row in rows for cell in row.cells):
        cells_by_column[_column_of(cell, columns)].append(cell)
    aligned = 0
    for cells in cells_by_column[1:]:
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
            row[column] = f"{row[column]} {_without_leaders(cell.text)}".strip()
        close = above is not None and above.bottom - line.bottom < 1.4 * line.size
        if table and close and not row[0] and len(line.cells) < len(columns) and len(line.cells) == 1:
            table[-1] = [join_line(upper, lower) for upper, lower in zip(table[-1], row, strict=True)]
        else:
            table.append(row)
        above = line
    return table


def _without_leaders(text: str) -> str:
    return LEADERS.sub(" … ", text).strip(" …") if LEADERS.search(text) else text


def _widened(columns: Sequence[Interval], run: Sequence[Line]) -> list[Interval]:
    """The columns as wide as all their cells, though none reaches into its neighbours."""
    wide = [*columns]
    for cell in (cell for line in run for cell in line.cells):
        index = _column_of(cell, columns)
        least = columns[index - 1][1] if index else -math.inf
        most = columns[index + 1][0] if index + 1 < len(columns) else math.inf
        left, right = wide[index]
        wide[index] = min(left, max(cell.left, least)), max(right, min(cell.right, most))
    return wide


def _column_of(cell: Cell, columns: Sequence[Interval]) -> int:
    """The column that covers most of the cell, or the nearest."""

    def shared(column: int) -> float:
        left, right = columns[column]
        return min(cell.right, right) - max(cell.left, left)

    return max(range(len(columns)), key=shared)
