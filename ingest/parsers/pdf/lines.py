"""A PDF page → its lines in reading order, each with its box and the size of its letters.

PDFium gives the characters in the order of the page's content and breaks them
into lines; here a line gets its place. Units are points, the origin is the page's
lower left corner.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pypdfium2.raw as pdfium

from ingest.parsers.printed.line import WIDE_GAP, Cell, Line, continues, merged

from . import marks

# PDFium writes a hyphen that ends a line as U+FFFE, or U+0002, and leaves out the line break.
_LINE = re.compile("[^\r\n\ufffe\x02]+[\ufffe\x02]?")
_END_HYPHEN = re.compile("[\ufffe\x02]")
# The two letters of Arabic's lam-alef ligature come in the order they are drawn.
_LAM_ALEF_DRAWN = re.compile("[\u0622\u0623\u0625\u0627]\u0644")
_BLANKS = re.compile(r"\s+")
_ENTRY_MARK = re.compile(r"[-+*•‣▪●○◦■□–—·o]|\(?(?:\d{1,3}|[ivx]{1,4}|[a-zA-Z])[.)]")
_BOLD_WEIGHT = 600
# The last digit of a number, but for those in brackets and above a fraction's stroke.
_LAST_DIGIT = re.compile(r"(?<!\[)\d(?=\D|$)(?!\s*[\]/⁄])")
# A raised mark is set so much smaller than its line, and stands so much of the line's size above it.
_MARK_SIZE, _MARK_RISE = 0.85, (0.3, 0.7)
# What a scanner's program sets on a scan is short, and the scan covers most of the page.
_STAMP_CHARS, _SCAN_SHARE = 120, 0.6
_RUN_CHARS, _MAX_RUN = frozenset("0123456789,–-−"), 12


def page_lines(textpage: Any) -> list[Line]:  # Any: pypdfium2 has no types
    """The page's lines; characters on the same height that follow each other are one line."""
    lines: list[Line] = []
    text = _with_raised_digits(textpage.raw, _characters(textpage))
    for found in _LINE.finditer(text):
        line = _placed(textpage, text, found.start(), found.end())
        if line is None or not any(map(str.isalnum, line.text)):  # rules drawn with dashes
            continue
        if lines and continues(lines[-1], line):
            lines[-1] = merged(lines[-1], line)
        else:
            lines.append(line)
    return _upright_first([_with_marks(line) for line in lines])


def page_heights(page: Any, lines: list[Line]) -> tuple[float, float]:  # Any: pypdfium2 has no types
    """Where the page ends below and above, in the coordinates of its first line's angle."""
    left, bottom, right, top = page.get_bbox()
    match lines[0].turns if lines else 0:
        case 1:
            return left, right
        case 2:
            return -top, -bottom
        case 3:
            return -right, -left
        case _:
            return bottom, top


def is_picture(page: Any, lines: list[Line]) -> bool:  # Any: pypdfium2 has no types
    """Whether the page shows something and holds no text: a scan, perhaps with a stamp or a number set on it."""
    if not lines:
        return next(page.get_objects(max_depth=3), None) is not None
    if sum(len(line.text) for line in lines) > _STAMP_CHARS:
        return False
    width, height = page.get_size()
    pictures = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3)
    return bool(sum(map(_area, pictures)) > _SCAN_SHARE * width * height)  # some are drawn in strips


def _area(picture: Any) -> float:  # Any: pypdfium2 has no types
    left, bottom, right, top = picture.get_bounds()
    return float((right - left) * (top - bottom))


def _upright_first(lines: list[Line]) -> list[Line]:
    """Lines set at another angle than most, such as a stamp in the margin, come after the page's text."""
    chars_by_turns = Counter[int]()
    for line in lines:
        chars_by_turns[line.turns] += len(line.text)
    usual = max(chars_by_turns, key=lambda turns: chars_by_turns[turns], default=0)
    return sorted(lines, key=lambda line: line.turns != usual)


def _characters(textpage: Any) -> str:  # Any: pypdfium2 has no types
    """The page's text with exactly one character for each of PDFium's, so that indices are the same."""
    count = textpage.count_chars()
    text: str = textpage.get_text_range() if count else ""
    handle = textpage.raw
    if len(text) != count:
        codes = (pdfium.FPDFText_GetUnicode(handle, index) for index in range(count))
        text = "".join(chr(code) if code < 0x110000 else "\ufffd" for code in codes)

    def ordered(drawn: re.Match[str]) -> str:
        is_one_glyph = _box(handle, drawn.start(), turns=0) == _box(handle, drawn.start() + 1, turns=0)
        return drawn[0][::-1] if is_one_glyph else drawn[0]

    return _LAM_ALEF_DRAWN.sub(ordered, text)


def _with_raised_digits(handle: Any, text: str) -> str:  # Any: a C pointer
    """The text with small digits above the line as such; one character stays one character."""
    pieces, done = [], 0
    for found in _LAST_DIGIT.finditer(text):
        start = _raised_from(handle, text, found.start())
        if start <= found.start():
            pieces += [text[done:start], marks.raised(text[start : found.end()])]
            done = found.end()
    return "".join([*pieces, text[done:]])


def _raised_from(handle: Any, text: str, last: int) -> int:  # Any: a C pointer
    """Where the raised run that ends with the digit at ``last`` begins; behind it if none does."""
    turns = _quarter_turns(handle, last)
    mark = _box(handle, last, turns=turns)

    def is_alike(index: int) -> bool:
        box = _box(handle, index, turns=turns)
        return abs(box[2] - mark[2]) + abs(box[3] - mark[3]) < 0.2 * (mark[3] - mark[2])

    start = last
    while start > max(0, last - _MAX_RUN) and text[start - 1] in _RUN_CHARS and is_alike(start - 1):
        start -= 1
    while text[start] in ",–":
        start += 1
    before, after = text[max(0, start - 4) : start].rstrip(), text[last + 1 : last + 5]
    if text[start] == "0" or (after[:1].strip() and is_alike(last + 1)):
        return last + 1
    beside = (max(0, start - 4) + len(before) - 1, last + 1 + len(after) - len(after.lstrip()))
    boxes = (_box(handle, index, turns=turns) for index in beside if 0 <= index < len(text))
    return start if any(_is_raised(mark, box) for box in boxes) else last + 1


def _is_raised(mark: tuple[float, ...], beside: tuple[float, ...]) -> bool:
    """Whether a box is a smaller one that stands higher than the box beside it, yet on the same line."""
    size = beside[3] - beside[2]
    lowest, highest = _MARK_RISE
    return mark[3] - mark[2] < _MARK_SIZE * size and lowest * size < mark[2] - beside[2] < highest * size


def _placed(textpage: Any, text: str, start: int, end: int) -> Line | None:  # Any: pypdfium2 has no types
    """The line ``text[start:end]`` with its box, from its first and last visible characters."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start == end:
        return None
    handle, sample = textpage.raw, _sample(text, start, end)
    turns = _quarter_turns(handle, sample)
    middle = _box(handle, sample, turns=turns)
    weight = pdfium.FPDFText_GetFontWeight(handle, sample)
    size = middle[3] - middle[2]
    cells = tuple(_cells(handle, text, start, end, gap=WIDE_GAP * size, turns=turns))
    return Line(
        text=_END_HYPHEN.sub("-", text[start:end]),
        left=min(cell.left for cell in cells),
        right=max(cell.right for cell in cells),
        bottom=middle[2],
        top=middle[3],
        size=round(size, 1),
        is_bold=bool(weight >= _BOLD_WEIGHT),
        turns=turns,
        cells=cells,
    )


def _cells(
    handle: Any, text: str, start: int, end: int, *, gap: float, turns: int
) -> Iterator[Cell]:  # Any: a C pointer
    """The line ``text[start:end]``, cut where white space is wide; it may run from right to left."""
    first = _box(handle, start, turns=turns)
    for blank in _BLANKS.finditer(text, start, end):
        before = _box(handle, blank.start() - 1, turns=turns)
        after = _box(handle, blank.end(), turns=turns)
        is_wide = max(after[0] - before[1], before[0] - after[1]) > gap
        if is_wide and not _ENTRY_MARK.fullmatch(text, start, blank.start()):
            yield _cell(text[start : blank.start()], first, before)
            start, first = blank.end(), after
    last = _box(handle, end - 1, turns=turns)
    yield _cell(text[start:end], first, last)


def _cell(text: str, first: tuple[float, ...], last: tuple[float, ...]) -> Cell:
    return Cell(_END_HYPHEN.sub("-", text), min(first[0], last[0]), max(first[1], last[1]))


def _sample(text: str, start: int, end: int) -> int:
    """A character that stands for the line: a letter near its middle, else any."""
    middle = (start + end) // 2
    indices = (*range(middle, end), *range(start, middle))
    return next((index for index in indices if text[index].isalpha() or text[index].isdecimal()), start)


def _quarter_turns(handle: Any, index: int) -> int:  # Any: a C pointer
    """How many quarter turns clockwise the character is set at."""
    angle: float = pdfium.FPDFText_GetCharAngle(handle, index)
    return round(angle / (math.pi / 2)) % 4


def _box(handle: Any, index: int, *, turns: int) -> tuple[float, float, float, float]:  # Any: a C pointer
    """Left, right, bottom, top, with the page turned so that the text stands upright."""
    rectangle = pdfium.FS_RECTF()
    if not pdfium.FPDFText_GetLooseCharBox(handle, index, ctypes.byref(rectangle)):
        return 0.0, 0.0, 0.0, 0.0
    left, right, bottom, top = rectangle.left, rectangle.right, rectangle.bottom, rectangle.top
    match turns:
        case 1:
            return -top, -bottom, left, right
        case 2:
            return -right, -left, -top, -bottom
        case 3:
            return bottom, top, -right, -left
        case _:
            return left, right, bottom, top


def _with_marks(line: Line) -> Line:
    if marks.set_apart(line.text) == line.text:
        return line
    cells = tuple(replace(cell, text=marks.set_apart(cell.text)) for cell in line.cells)
    return replace(line, text=marks.set_apart(line.text), cells=cells)
