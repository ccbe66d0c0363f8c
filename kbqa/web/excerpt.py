"""Canonical text → what a page shows of it: leaves to turn, paragraphs and headings, the quote marked.

Every piece is plain text that the template escapes. Offsets are characters of the
canonical text; pieces joined give the line back, or a table's cell.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from .tables import BAR, columns_of

LEAF_CHARS = 6_000
_MAX_LEAF_CHARS = 12_000
_LINE = re.compile(r"[^\n]+")


@dataclass(frozen=True, slots=True)
class Marks:
    """The quote's range, and the answer's words inside it."""

    start: int
    end: int
    answer_start: int | None = None
    answer_end: int | None = None

    def cuts(self) -> list[int]:
        return [cut for cut in (self.start, self.answer_start, self.answer_end, self.end) if cut is not None]

    def kind(self, place: int) -> str:
        if (
            self.answer_start is not None
            and self.answer_end is not None
            and self.answer_start <= place < self.answer_end
        ):
            return "answer"
        return "quote" if self.start <= place < self.end else ""


@dataclass(frozen=True, slots=True)
class Piece:
    """Text under one mark; the first marked piece is where the page scrolls to."""

    text: str
    mark: str = ""
    first: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as pieces; empty where a row has no value."""

    header: tuple[tuple[Piece, ...], ...]
    rows: tuple[tuple[tuple[Piece, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A heading (level 1 to 6), a paragraph (0), a table or a line of one; tight under the line it goes on from."""

    level: int
    pieces: tuple[Piece, ...]
    is_row: bool = False
    is_tight: bool = False
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """What one view of the document shows; a long page is several leaves."""

    position: int
    start: int
    end: int
    page: int | None


def leaves(text: str, pages: Iterable[Sequence[int]]) -> list[Leaf]:
    """The document cut into leaves: its own pages, or runs of whole paragraphs."""
    spans: list[tuple[int, int, int | None]] = [(start, end, number) for number, start, end in pages]
    found: list[Leaf] = []
    for start, end, number in spans or [(0, len(text), None)]:
        for cut_start, cut_end in _cut(text, start, end):
            found.append(Leaf(len(found), cut_start, cut_end, number))
    return found


def leaf_at(found: Sequence[Leaf], place: int) -> Leaf:
    """The leaf that holds this character, else the last one before it."""
    before = [leaf for leaf in found if leaf.start <= place]
    return before[-1] if before else found[0]


def pieces(text: str, start: int, end: int, marks: Marks | None) -> tuple[Piece, ...]:
    """`text[start:end]` cut where a mark begins or ends."""
    if marks is None:
        return (Piece(text[start:end]),)
    edges = sorted({start, end, *(cut for cut in marks.cuts() if start < cut < end)})
    kinds = [(low, high, marks.kind(low)) for low, high in pairwise(edges)]
    return tuple(Piece(text[low:high], kind, first=bool(kind) and low == marks.start) for low, high, kind in kinds)


def blocks(text: str, leaf: Leaf, *, marks: Marks | None, headings: Mapping[str, int]) -> Iterator[Block]:
    """The leaf's lines, each as a heading or a paragraph, and those of a table together."""
    last_end = -2
    for level, lines in _runs(text, leaf, headings):
        is_row = not level and BAR in text[slice(*lines[0])]
        table = _table(text, lines, marks) if is_row else None
        if table:
            yield Block(0, (), table=table)
            last_end = lines[-1][1]
            continue
        for start, end in lines:
            yield Block(level, pieces(text, start, end, marks), is_row=is_row, is_tight=start == last_end + 1)
            last_end = end


def _runs(text: str, leaf: Leaf, headings: Mapping[str, int]) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Each line that says something with its heading's level; lines with bars that follow each other are one run."""
    run: list[tuple[int, int]] = []
    for line in _LINE.finditer(text, leaf.start, leaf.end):
        content = line.group().strip()
        level = headings.get(content, 0)
        if run and (level or BAR not in content or line.start() != run[-1][1] + 1):
            yield 0, run
            run = []
        if not level and BAR in content:
            run.append(line.span())
        elif content:
            yield level, [line.span()]
    if run:
        yield 0, run


def _table(text: str, lines: Sequence[tuple[int, int]], marks: Marks | None) -> Table | None:
    """The lines in columns; not where a mark would not be seen, because only a column's name is marked."""
    columns = columns_of(text, lines)
    if columns is None:
        return None
    header, rows = columns
    if marks and lines[0][0] < marks.end and marks.start < lines[-1][1]:
        cells = (cell for row in (header, *rows) for cell in row)
        seen = [max(start, marks.start) for start, end in cells if start < marks.end and marks.start < end]
        if not seen:
            return None
        if marks.start >= lines[0][0]:
            marks = replace(marks, start=seen[0])  # past the name of a column, which is not shown with the value
    shown = [tuple(pieces(text, start, end, marks) for start, end in row) for row in (header, *rows)]
    return Table(shown[0], tuple(shown[1:]))


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Runs of at most `_MAX_LEAF_CHARS`, ending at an empty line where one is near."""
    while end - start > _MAX_LEAF_CHARS:
        edge = text.find("\n\n", start + LEAF_CHARS, start + _MAX_LEAF_CHARS)
        edge = edge if edge > 0 else text.rfind("\n", start + 1, start + LEAF_CHARS)
        edge = edge if edge > start else start + LEAF_CHARS
        yield start, edge
        start = edge
    yield start, end
