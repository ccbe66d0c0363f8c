"""Rows of cells → lines a person, a term index and an encoder can all read.

Under a header that names its columns, a row says so itself: ``City: Paris |
People: 2,102,650``. Otherwise cells are parted by bars and the header, if any,
is the first line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.clean import one_line

_NUMBER = re.compile(r"[-+(]?[$€£¥]?\s*\d[\d.,:/%\s-]*\)?[%€]?")
_MAX_NAME_CHARS = 40
_MAX_NAMED_COLUMNS = 24


def table_lines(rows: Sequence[Sequence[str]], *, has_header: bool | None = None) -> tuple[list[str], bool]:
    """The table's lines, and whether the first of them is its header."""
    cleaned = [[one_line(cell) for cell in row] for row in rows]
    cleaned = [row for row in cleaned if any(row)]
    if not cleaned:
        return [], False
    header = looks_like_header(cleaned) if has_header is None else has_header
    plain = [" | ".join(cell for cell in row if cell) for row in cleaned]
    if not header or len(cleaned) < 2 or not _names_columns(cleaned[0]):
        return plain, header and len(cleaned) > 1
    return [plain[0], *(_named(cleaned[0], row) for row in cleaned[1:])], True


def looks_like_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names columns: words without numbers, no two alike, and something below it."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return False
    first = rows[0]
    filled = [cell for cell in first if cell]
    if len(filled) < 2 or len(filled) < len(first) - 1 or len(set(filled)) < len(filled):
        return False
    return all(len(cell) <= _MAX_NAME_CHARS and not _NUMBER.fullmatch(cell) for cell in filled)


def _names_columns(row: Sequence[str]) -> bool:
    filled = [cell for cell in row if cell]
    return (
        2 <= len(filled) <= _MAX_NAMED_COLUMNS
        and len(set(filled)) == len(filled)
        and all(len(cell) <= _MAX_NAME_CHARS for cell in filled)
    )


def _named(header: Sequence[str], row: Sequence[str]) -> str:
    cells = []
    for column, cell in enumerate(row):
        name = header[column].rstrip(":：") if column < len(header) else ""
        if cell:
            cells.append(f"{name}: {cell}" if name else cell)
    return " | ".join(cells)
