"""Lines of a table in canonical text → its columns again, as ranges of that text.

A parser writes a table as ``Ship | Port`` and under it ``Ship: Aurora | Port: Bergen``, which
search and reader understand, and one without names as ``Aurora | Bergen``; people read columns.
Lines that do not come out as such stay lines.
"""

from collections.abc import Iterable, Iterator, Sequence

BAR = " | "
_NAMES = ": "

Cell = tuple[int, int]  # what is shown: the value, without its column's name; empty where there is none
Rows = tuple[tuple[Cell, ...], ...]

_NOTHING: Cell = (0, 0)


def columns_of(text: str, lines: Sequence[Cell]) -> tuple[tuple[Cell, ...], Rows] | None:
    """Header and rows, all as wide, if the lines name their cells after the first; rows alone, if they are as wide.

    A row may begin with a cell without a name, as below an empty corner: then every one does.
    """
    if len(lines) < 2:
        return None
    first, *others = (tuple(_parts(text, *line)) for line in lines)
    names = [text[start:end].strip().rstrip(":：") for start, end in first]
    rows = [row for parts in others if (row := _row(text, names, parts))]
    if len(set(names)) == len(names) and len(rows) == len(others):
        return first, tuple(rows)
    labelled = [(label, *row) for label, *parts in others if parts and (row := _row(text, names, parts))]
    if len(set(names)) == len(names) and len(labelled) == len(others):
        return (_NOTHING, *first), tuple(labelled)
    return ((), (first, *others)) if all(len(parts) == len(first) for parts in others) else None


def _parts(text: str, start: int, end: int) -> Iterator[Cell]:
    """The ranges between the bars."""
    while (bar := text.find(BAR, start, end)) >= 0:
        yield start, bar
        start = bar + len(BAR)
    yield start, end


def _row(text: str, names: Sequence[str], parts: Iterable[Cell]) -> tuple[Cell, ...] | None:
    """Each part under its column; a part that names none goes on from the cell before it."""
    row, last = [_NOTHING] * len(names), -1
    for start, end in parts:
        column = next((n for n in range(last + 1, len(names)) if text.startswith(names[n] + _NAMES, start, end)), None)
        if column is not None:
            row[column], last = (start + len(names[column] + _NAMES), end), column
        elif last >= 0:
            row[last] = (row[last][0], end)
        else:
            return None
    return tuple(row)
