"""A PDF page → its lines in reading order, each with its box and the size of its letters.

PDFium gives the characters in the order of the page's content and breaks them
into lines; here a line gets its place. Units are points, the origin is the page's
lower left corner.
"""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

_LINE = re.compile(r"[^\r\n]+")
_JOINED_HYPHEN = re.compile("[\ufffe\x02](?:\r\n)?")
_BOLD_WEIGHT = 600


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

    @property
    def height(self) -> float:
        return self.top - self.bottom

    def overlaps(self, other: Line) -> float:
        """The share of the lower line's height that both cover."""
        shared = min(self.top, other.top) - max(self.bottom, other.bottom)
        return shared / max(0.1, min(self.height, other.height))


def page_lines(textpage: Any) -> list[Line]:  # Any: pypdfium2 has no types
    """The page's lines; characters on the same height that follow each other are one line."""
    lines: list[Line] = []
    text = _characters(textpage)
    for found in _LINE.finditer(text):
        line = _placed(textpage, text, found.start(), found.end())
        if line is None:
            continue
        if lines and _continues(lines[-1], line):
            lines[-1] = _merged(lines[-1], line)
        else:
            lines.append(line)
    return lines


def _characters(textpage: Any) -> str:  # Any: pypdfium2 has no types
    """The page's text with exactly one character for each of PDFium's, so that indices are the same."""
    count = textpage.count_chars()
    text: str = textpage.get_text_range() if count else ""
    if len(text) == count:
        return text
    handle = textpage.raw
    codes = (pdfium.FPDFText_GetUnicode(handle, index) for index in range(count))
    return "".join(chr(code) if code < 0x110000 else "\ufffd" for code in codes)


def _placed(textpage: Any, text: str, start: int, end: int) -> Line | None:  # Any: pypdfium2 has no types
    """The line ``text[start:end]`` with its box, from its first and last visible characters."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start == end:
        return None
    handle = textpage.raw
    first, last = _box(handle, start), _box(handle, end - 1)
    middle = _box(handle, _sample(text, start, end))
    weight = pdfium.FPDFText_GetFontWeight(handle, _sample(text, start, end))
    return Line(
        text=_JOINED_HYPHEN.sub("", text[start:end]),
        left=min(first[0], last[0]),
        right=max(first[1], last[1]),
        bottom=middle[2],
        top=middle[3],
        size=round(middle[3] - middle[2], 1),
        is_bold=bool(weight >= _BOLD_WEIGHT),
    )


def _sample(text: str, start: int, end: int) -> int:
    """A character that stands for the line: a letter near its middle, else any."""
    middle = (start + end) // 2
    return next((index for index in (*range(middle, end), *range(start, middle)) if text[index].isalnum()), start)


def _box(handle: Any, index: int) -> tuple[float, float, float, float]:  # Any: a C pointer
    """Left, right, bottom, top."""
    rectangle = pdfium.FS_RECTF()
    if not pdfium.FPDFText_GetLooseCharBox(handle, index, ctypes.byref(rectangle)):
        return 0.0, 0.0, 0.0, 0.0
    return rectangle.left, rectangle.right, rectangle.bottom, rectangle.top


def _continues(line: Line, following: Line) -> bool:
    """Whether ``following`` goes on at the same height, as after a raised mark or a gap."""
    return line.overlaps(following) > 0.5 and -1.0 <= following.left - line.right < 3 * max(line.size, following.size)


def _merged(line: Line, following: Line) -> Line:
    larger = line if len(line.text) >= len(following.text) else following
    close = following.left - line.right < 0.15 * larger.size
    return Line(
        text=f"{line.text}{'' if close else ' '}{following.text}",
        left=line.left,
        right=following.right,
        bottom=larger.bottom,
        top=larger.top,
        size=larger.size,
        is_bold=larger.is_bold,
    )
