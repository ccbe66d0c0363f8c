"""The numbers of a page's lines, as a court's transcript has them in the margin: no part of the text.

They are a column of their own, drawn apart from the text: integers one after the
other, evenly spaced over most of the page, with nothing beyond them. A table's
first column has its rows beside it in the file, or is shorter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from .line import Line

_MIN_NUMBERS = 10
_MIN_SHARE = 0.6  # of the height of the page's text


def without_line_numbers(lines: Sequence[Line]) -> list[Line]:
    """The page's lines but for the column of their numbers; a page of nothing else keeps it."""
    if not lines:
        return []
    height = max(line.top for line in lines) - min(line.bottom for line in lines)
    kept = [line for run in _runs(lines) if not _are_numbers(run, lines, height=height) for line in run]
    return kept or list(lines)


def _runs(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """The lines in order, integers that count on together."""
    run: list[Line] = []
    for line in lines:
        if run and not _counts_on(run[-1], line):
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def _counts_on(above: Line, line: Line) -> bool:
    numbers = above.text.strip(), line.text.strip()
    return all(number.isdecimal() and len(number) < 6 for number in numbers) and int(numbers[1]) == int(numbers[0]) + 1


def _are_numbers(run: Sequence[Line], lines: Sequence[Line], *, height: float) -> bool:
    if len(run) < _MIN_NUMBERS or run[0].top - run[-1].bottom < _MIN_SHARE * height:
        return False
    steps = [above.bottom - line.bottom for above, line in pairwise(run)]
    if min(steps) <= 0 or max(steps) - min(steps) > 0.5 * run[0].size:
        return False
    left, right = min(line.left for line in run), max(line.right for line in run)
    numbers = set(run)
    beside = [line for line in lines if run[-1].bottom <= line.bottom <= run[0].top and line not in numbers]
    return all(line.left > right for line in beside) or all(line.right < left for line in beside)
