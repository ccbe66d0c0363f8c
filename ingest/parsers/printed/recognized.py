"""Lines that were recognised in a picture of a page → printed lines in reading order.

A picture says neither which lines follow each other nor how large its type is: the page
is set upright, columns of prose are told from the columns of a table, what stands on one
height becomes one line of cells, and heights that differ by what letters a line happens
to hold are one size.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from unicodedata import east_asian_width

from ingest.clean import join_line
from ingest.types import RecognizedLine

from .line import WIDE_GAP, Cell, Line

# Lines of prose are so many letters long on average, a Chinese one counted twice, and a column so many lines.
_PROSE_WIDTH, _PROSE_LINES = 22, 5
# Of the lines around a gutter this share may cross it: titles and captions over both columns.
_MAX_CROSSING = 0.25
# A height between these shares of the usual one is the usual one; that of a word or two is found less exactly.
_LEAST, _MOST, _MOST_OF_A_WORD, _WORD_CHARS = 0.7, 1.2, 1.35, 10
_MOST_ASKEW = math.radians(15)  # farther it was turned, not laid askew
_STEPS = 100  # places where a gutter is looked for
_MAX_DEPTH = 3


@dataclass(frozen=True, slots=True)
class _Box:
    line: RecognizedLine
    text: str
    left: float
    right: float
    bottom: float
    top: float

    def moved(self, right: float, up: float) -> _Box:
        return replace(
            self, left=self.left + right, right=self.right + right, bottom=self.bottom + up, top=self.top + up
        )

    @property
    def middle(self) -> float:
        return (self.bottom + self.top) / 2

    @property
    def height(self) -> float:
        return self.top - self.bottom


def recognized_lines(found: Sequence[RecognizedLine]) -> list[Line]:
    """The page's lines; those of one column before those of the next, rows of a table as lines of cells."""
    boxes = _upright(found)
    if not boxes:
        return []
    usual = _usual_height(boxes)
    return [_line(row, usual=usual) for row in _rows_in_order(boxes)]


def in_reading_order(found: Sequence[RecognizedLine]) -> list[RecognizedLine]:
    """The same lines as they follow each other in the text; those of white space are left out."""
    return [box.line for row in _rows_in_order(_upright(found)) for box in row]


def beside(lines: Sequence[Line], found: Sequence[RecognizedLine]) -> list[Line]:
    """A page's own lines with those that only its picture holds: first what stands above these, last the rest."""
    new = recognized_lines([line for line in found if not any(_covers(own, line) for own in lines)])
    if not new:
        return list(lines)
    top = max(line.top for line in new)
    return [*(line for line in lines if line.bottom >= top), *new, *(line for line in lines if line.bottom < top)]


def _covers(own: Line, line: RecognizedLine) -> bool:
    xs, ys = line.corners[::2], line.corners[1::2]
    return own.bottom <= (min(ys) + max(ys)) / 2 <= own.top and own.left < max(xs) and own.right > min(xs)


def _rows_in_order(boxes: Sequence[_Box]) -> Iterator[list[_Box]]:
    for part in _parts(boxes):
        yield from _rows(part)


def _upright(found: Sequence[RecognizedLine]) -> list[_Box]:
    """The lines' boxes on the page turned back by as much as most of its text is tilted or turned."""
    found = [line for line in found if line.text.strip()]
    tilt = _usual_tilt(found)
    cos, sin = math.cos(-tilt), math.sin(-tilt)
    boxes = []
    for line in found:
        xs, ys = line.corners[::2], line.corners[1::2]
        turned = [(x * cos - y * sin, x * sin + y * cos) for x, y in zip(xs, ys, strict=True)]
        left, right = min(x for x, _ in turned), max(x for x, _ in turned)
        bottom, top = min(y for _, y in turned), max(y for _, y in turned)
        boxes.append(_Box(line, " ".join(line.text.split()), left, right, bottom, top))
    if boxes and abs(tilt) > _MOST_ASKEW:  # turned about the origin: back to where the page is
        left = min(x for line in found for x in line.corners[::2]) - min(box.left for box in boxes)
        up = min(y for line in found for y in line.corners[1::2]) - min(box.bottom for box in boxes)
        boxes = [box.moved(left, up) for box in boxes]
    return boxes


def _usual_tilt(found: Sequence[RecognizedLine]) -> float:
    """The median over the lengths of lines, in radians, counted from the mean: upside down it is about half a turn."""
    mean = math.atan2(
        sum(line.corners[3] - line.corners[1] for line in found),
        sum(line.corners[2] - line.corners[0] for line in found),
    )
    tilts = sorted(((_tilt(line) - mean + math.pi) % math.tau, _length(line)) for line in found)
    half, passed = sum(length for _, length in tilts) / 2, 0.0
    for tilt, length in tilts:
        passed += length
        if passed >= half:
            return (tilt - math.pi) + mean
    return 0.0


def _tilt(line: RecognizedLine) -> float:
    x0, y0, x1, y1, *_ = line.corners
    return math.atan2(y1 - y0, x1 - x0)


def _length(line: RecognizedLine) -> float:
    x0, y0, x1, y1, *_ = line.corners
    return math.hypot(x1 - x0, y1 - y0)


def _usual_height(boxes: Sequence[_Box]) -> float:
    """The median over letters."""
    return median(box.height for box in boxes for _ in box.text)


def _parts(boxes: Sequence[_Box], *, depth: int = 0) -> Iterator[list[_Box]]:
    """The page cut at the gutters of its columns of prose, in reading order."""
    gutter = _gutter(boxes) if boxes and depth < _MAX_DEPTH else None
    if gutter is None:
        yield list(boxes)
        return
    across = sorted((box for box in boxes if box.left < gutter < box.right), key=lambda box: -box.middle)
    edges = [math.inf, *(box.middle for box in across), -math.inf]
    for number, (high, low) in enumerate(pairwise(edges)):
        band = [box for box in boxes if low < box.middle < high and not box.left < gutter < box.right]
        for side in ([box for box in band if box.right <= gutter], [box for box in band if box.left >= gutter]):
            if side:
                yield from _parts(side, depth=depth + 1)
        if number < len(across):
            yield [across[number]]


def _gutter(boxes: Sequence[_Box]) -> float | None:
    """Where fewest lines cross and prose stands on both sides; none on a page of one column, or of a table."""
    left, right = min(box.left for box in boxes), max(box.right for box in boxes)
    found: list[tuple[int, float, float]] = []
    for step in range(_STEPS // 5, _STEPS - _STEPS // 5 + 1):
        x = left + step * (right - left) / _STEPS
        sides = ([box for box in boxes if box.right <= x], [box for box in boxes if box.left >= x])
        num_crossing = len(boxes) - len(sides[0]) - len(sides[1])
        if num_crossing <= _MAX_CROSSING * len(boxes) and all(map(_is_prose, sides)):
            found.append((num_crossing, abs(x - (left + right) / 2), x))
    return min(found)[2] if found else None


def _is_prose(boxes: Sequence[_Box]) -> bool:
    return len(boxes) >= _PROSE_LINES and sum(_width(box.text) for box in boxes) >= _PROSE_WIDTH * len(boxes)


def _width(text: str) -> int:
    return len(text) + sum(east_asian_width(character) in "WF" for character in text)


def _rows(boxes: Sequence[_Box]) -> Iterator[list[_Box]]:
    """What stands on one height, from left to right; from the top down."""
    row: list[_Box] = []
    for box in sorted(boxes, key=lambda box: -box.middle):
        if row and not _stands_with(row, box):
            yield sorted(row, key=lambda box: box.left)
            row = []
        row.append(box)
    if row:
        yield sorted(row, key=lambda box: box.left)


def _size(row: Sequence[_Box], *, usual: float) -> float:
    height = min(box.height for box in row)  # what is smeared or set one over the other is taller than its letters
    most = _MOST_OF_A_WORD if all(len(box.text) < _WORD_CHARS for box in row) else _MOST
    return usual if _LEAST * usual < height < most * usual else height


def _stands_with(row: Sequence[_Box], box: _Box) -> bool:
    middle = sum(each.middle for each in row) / len(row)
    return abs(box.middle - middle) < 0.5 * min(box.height, min(each.height for each in row))


def _line(row: Sequence[_Box], *, usual: float) -> Line:
    """One line of the row, cut into cells where its gaps are wide."""
    size = _size(row, usual=usual)
    cells: list[Cell] = []
    for box in row:
        if cells and box.left - cells[-1].right <= WIDE_GAP * size:
            cells[-1] = replace(cells[-1], text=join_line(cells[-1].text, box.text), right=box.right)
        else:
            cells.append(Cell(box.text, box.left, box.right))
    middle = sum(box.middle for box in row) / len(row)
    return Line(
        text=" ".join(cell.text for cell in cells),
        left=cells[0].left,
        right=max(cell.right for cell in cells),
        bottom=middle - size / 2,
        top=middle + size / 2,
        size=round(size, 1),
        cells=tuple(cells),
    )
