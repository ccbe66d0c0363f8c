"""The heads of tables that stand apart from them: in lines above their rows, or above a table that goes on below.

A file may hold a head's lines long before or after the rows they stand over, in
other letters, or in several lines; so they are looked for by their place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import repeat

from ingest.parsers.tables import MAX_NAME_CHARS, captioned, looks_like_header

from .columns import Rows, columns_under, matched
from .line import Cell, Line

_MAX_GAP = 2.0  # letter sizes between the lines of a head, and from there to the rows
_MAX_HEAD_HEIGHT = 6.0
_SAMPLE_ROWS = 8
Entry = Line | Rows


def with_heads(entries: Sequence[Entry]) -> list[Entry]:
    """The entries, each table with the head that stands over it, or with the names of the table it goes on from."""
    lines = [entry for entry in entries if isinstance(entry, Line)]
    heads: set[Line] = set()
    headed: list[Entry] = []
    above: Rows | None = None
    for entry in entries:
        if isinstance(entry, Rows):
            entry, found = _with_head(entry, lines)
            heads.update(found)
            if above and above.turns == entry.turns and above.is_next_above(entry.top, size=entry.size):
                entry = continued(above, entry)
            above = entry
        headed.append(entry)
    return [entry for entry in headed if isinstance(entry, Rows) or entry not in heads]


def continued(above: Rows, rows: Rows) -> Rows:
    """The rows with the names of the columns above, if they have none and stand in the same columns."""
    names, places = _names(above), matched(rows.columns, above.columns)
    if not names or not places or _names(rows):
        return rows
    return replace(rows, names=[names[place] for place in places])


def _names(rows: Rows) -> list[str]:
    cells = [*captioned(rows.cells)[1]]
    return rows.names or (cells[0] if len(cells) > 1 and looks_like_header(cells) else [])


def _with_head(rows: Rows, lines: Sequence[Line]) -> tuple[Rows, list[Line]]:
    """The rows under the head above them, and the lines it was made of."""
    if _names(rows):
        return rows, []
    found = [line for level in _levels(rows, lines) for line in level]
    head = _written(found, rows)
    names_most = any(head) and 2 * sum(map(bool, head)) >= len(head)
    if names_most and looks_like_header([head, *rows.cells[:_SAMPLE_ROWS]]):
        return replace(rows, cells=[head, *rows.cells]), found
    return rows, []


def _levels(rows: Rows, lines: Sequence[Line]) -> Iterator[list[Line]]:
    """The lines of a head from the rows upwards, those of one height together; a group's title below it is passed."""
    edge, size = rows.top, rows.size
    for level in _by_height(rows, lines):
        cells = [cell for line in level for cell in line.cells]
        under = [columns_under((cell.left, cell.right), rows.columns) for cell in cells]
        are_names = any(under) and all(map(_may_be_name, cells, under, repeat(len(rows.columns))))
        if level[0].bottom - edge > _MAX_GAP * size or not are_names:
            return
        edge = max(line.top for line in level)
        if under != [[0]]:
            yield level


def _by_height(rows: Rows, lines: Sequence[Line]) -> Iterator[list[Line]]:
    """The lines above the rows from below, those that share a height together."""
    lowest, highest = rows.top - 0.5 * rows.size, rows.top + _MAX_HEAD_HEIGHT * rows.size
    left, right = min(left for left, _ in rows.columns), max(right for _, right in rows.columns)
    near = [
        line
        for line in lines
        if line.turns == rows.turns and lowest < line.bottom < highest and line.left < right and line.right > left
    ]
    level: list[Line] = []
    for line in sorted(near, key=lambda line: (line.bottom, line.left)):
        if level and level[0].overlaps(line) <= 0.5:
            yield level
            level = []
        level.append(line)
    if level:
        yield level


def _may_be_name(cell: Cell, under: Sequence[int], num_columns: int) -> bool:
    """A few words over one column, or over some of many; what spans most of them is the table's title."""
    return len(cell.text) <= MAX_NAME_CHARS and (len(under) < 2 or 2 * len(under) <= num_columns)


def _written(lines: Sequence[Line], rows: Rows) -> list[str]:
    """Each column's name, read downwards; a cell between columns belongs to those of the cell over it.

    Empty if a cell stands over no column: then the lines are no head, or not of this table.
    """
    names = [""] * len(rows.columns)
    placed: list[tuple[Cell, list[int]]] = []
    for cell in (cell for line in sorted(lines, key=lambda line: -line.bottom) for cell in line.cells):
        over = (columns for above, columns in placed if above.left < cell.right and cell.left < above.right)
        columns = columns_under((cell.left, cell.right), rows.columns) or next(over, [])
        if not columns:
            return []
        placed.append((cell, columns))
        for column in columns:
            names[column] = f"{names[column]} {cell.text}".strip()
    return names
