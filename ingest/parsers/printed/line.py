"""A printed line: its text, its place on the page, and the size of its letters.

Units are points, the origin is the page's lower left corner.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

# A table of contents leads the eye to its page numbers with dots, a table to its next column.
LEADERS = re.compile(r"\s*(?:[.·…_]\s?){4,}\s*")
# A gap wider than this many letter sizes parts the cells of a table or the columns of a page.
WIDE_GAP = 0.7


@dataclass(frozen=True, slots=True)
class Cell:
    """A stretch of a line without a wide gap."""

    text: str
    left: float
    right: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One printed line; ``size`` is the height of its letters' boxes, ascenders and descenders included."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: float
    is_bold: bool = False
    turns: int = 0
    cells: tuple[Cell, ...] = ()

    @property
    def height(self) -> float:
        return self.top - self.bottom

    def only(self, cell: Cell) -> Line:
        """The line without its other cells."""
        return replace(self, text=cell.text, left=cell.left, right=cell.right, cells=(cell,))

    def overlaps(self, other: Line) -> float:
        """The share of the lower line's height that both cover."""
        shared = min(self.top, other.top) - max(self.bottom, other.bottom)
        return shared / max(0.1, min(self.height, other.height))


def continues(line: Line, following: Line) -> bool:
    """Whether ``following`` goes on at the same height, as after a raised mark or a gap."""
    return (
        line.turns == following.turns
        and line.overlaps(following) > 0.5
        and -1.0 <= following.left - line.right < 3 * max(line.size, following.size)
    )


def merged(line: Line, following: Line) -> Line:
    larger = line if len(line.text) >= len(following.text) else following
    gap = following.left - line.right
    close = gap < 0.15 * larger.size
    cells = (*line.cells, *following.cells)
    if gap <= WIDE_GAP * larger.size:
        joint = f"{line.cells[-1].text}{'' if close else ' '}{following.cells[0].text}"
        middle = Cell(joint, line.cells[-1].left, following.cells[0].right)
        cells = (*line.cells[:-1], middle, *following.cells[1:])
    return Line(
        text=f"{line.text}{'' if close else ' '}{following.text}",
        left=line.left,
        right=following.right,
        bottom=larger.bottom,
        top=larger.top,
        size=larger.size,
        is_bold=larger.is_bold,
        turns=larger.turns,
        cells=cells,
    )
