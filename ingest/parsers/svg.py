"""The words of a drawing in HTML, as books of fixed pages set their text: lines by their height, paragraphs by indents.

A text says where it stands, and so may each run in it. A run at another height
is another line; a line that begins right of the one above is a new paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from ingest.clean import join_lines

from .dom import children, is_hidden

_NUMBER = r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
_FIRST = re.compile(rf"\s*{_NUMBER}")
_SHIFT = re.compile(rf"(?:matrix\(\s*(?:[^\s,()]+[\s,]+){{4}}|translate\(\s*){_NUMBER}(?:[\s,]+{_NUMBER})?")
_RUNS = frozenset({"a", "textpath", "tspan"})
_SAME_PLACE = 0.5  # of the drawing's units
_MAX_DEPTH = 16


@dataclass(slots=True)
class _Line:
    """Words at one height, and where they begin."""

    x: float
    y: float
    text: str


def drawn_paragraphs(drawing: LexborNode) -> list[str]:
    """The drawing's texts in the order they are drawn, nearly always that of reading."""
    paragraphs: list[list[str]] = []
    left = 0.0
    for line in _lines(drawing):
        if not paragraphs or line.x > left + _SAME_PLACE:
            paragraphs.append([])
        paragraphs[-1].append(line.text.strip())
        left = line.x
    return [join_lines(lines) for lines in paragraphs]


def _lines(drawing: LexborNode) -> list[_Line]:
    lines: list[_Line] = []
    for text in drawing.css("text"):
        if is_hidden(text):
            continue
        apart = True  # from the text before
        for run in _Pen(text).runs(text):
            if lines and abs(run.y - lines[-1].y) <= _SAME_PLACE and not (apart and run.x <= lines[-1].x):
                lines[-1].text += f" {run.text}" if apart else run.text
            elif run.text.strip():
                lines.append(run)
            else:
                continue
            apart = False
    return lines


class _Pen:
    """Where the words of one text are drawn."""

    def __init__(self, text: LexborNode) -> None:
        shift = _SHIFT.search(text.attributes.get("transform") or "")
        self._origin = (float(shift[1]), float(shift[2] or 0)) if shift else (0.0, 0.0)
        self._x, self._y = self._origin

    def runs(self, node: LexborNode, *, depth: int = 0) -> Iterator[_Line]:
        self._move(node)
        for child in children(node):
            if child.tag == "-text":
                yield _Line(self._x, self._y, child.text_content or "")
            elif child.tag in _RUNS and depth < _MAX_DEPTH and not is_hidden(child):
                yield from self.runs(child, depth=depth + 1)

    def _move(self, node: LexborNode) -> None:
        """To where the node says; a step down alone only raises or lowers a letter."""
        x, y, step = (_FIRST.match(node.attributes.get(name) or "") for name in ("x", "y", "dy"))
        if x:
            self._x = self._origin[0] + float(x[1])
        if y:
            self._y = self._origin[1] + float(y[1])
        elif x and step:
            self._y += float(step[1])
