"""Cells that cover more than one place → rows of plain cells, each under its column, and a head of one row.

Above a table's columns may stand several rows of names. A column's own name is
what a reader sees above it, from the top down: ``Calf 0–12 mo``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.clean import one_line

from .builder import DocumentBuilder

MAX_SPAN = 64  # rows or columns that one cell is believed to cover
_MAX_HEAD_ROWS = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell, and how many columns and rows it covers."""

    text: str
    width: int = 1
    height: int = 1


def span(given: str | None) -> int:
    """The number of columns or rows that an attribute gives, 1 where it gives none."""
    text = (given or "").strip()
    return max(1, min(int(text), MAX_SPAN)) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def add_table(builder: DocumentBuilder, rows: Sequence[Sequence[Cell]], *, num_head_rows: int) -> None:
    """Append the table; without rows known to be its head, its first is judged."""
    titles = 0
    while titles < num_head_rows and len(rows[titles]) == 1:
        builder.paragraph(rows[titles][0].text)
        titles += 1
    head, body = rows[titles:num_head_rows], rows[num_head_rows:]
    if not body or len(head) > _MAX_HEAD_ROWS:
        head, body = rows[titles : titles + 1], rows[titles + 1 :]
    if head:
        builder.table(grid([*head, *body], num_head_rows=len(head)), has_header=True)
    else:
        builder.table(grid(body))


def grid(rows: Sequence[Sequence[Cell]], *, num_head_rows: int = 0) -> list[list[str]]:
    """Each cell under its column: one that spans rows repeats, one that spans columns is followed by empty ones.

    The rows of the head become one, in which a cell that spans columns repeats.
    """
    lines: list[list[str]] = []
    reaching: dict[int, tuple[int, str]] = {}  # column → the row that a cell from above ends before, and its text
    for number, cells in enumerate(rows):
        row: list[str] = []
        for cell in cells:
            _fill(row, reaching, number)
            held = [cell.text, *[cell.text if number < num_head_rows else ""] * (cell.width - 1)]
            for column, text in enumerate(held, start=len(row)):
                reaching[column] = (number + cell.height, text)
            row.extend(held)
        _fill(row, reaching, number)
        lines.append(row)
    return [_names(lines[:num_head_rows]), *lines[num_head_rows:]] if num_head_rows else lines


def _fill(row: list[str], reaching: dict[int, tuple[int, str]], number: int) -> None:
    """Add what cells of the rows above leave at the row's end."""
    while len(row) in reaching and reaching[len(row)][0] > number:
        row.append(reaching[len(row)][1])


def _names(head: Sequence[Sequence[str]]) -> list[str]:
    """The name of each column: the words above it from the top down, each once."""
    names = []
    for column in range(max(map(len, head))):
        words = [one_line(row[column]) for row in head if column < len(row)]
        names.append(" ".join(dict.fromkeys(word for word in words if word)))
    return names
