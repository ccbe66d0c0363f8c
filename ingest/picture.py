"""A page as a picture with a quote marked, drawn in a process of its own.

`python -m ingest.picture` reads one JSON object from standard input and writes a PNG to
standard output, confined like a parser: a hostile file costs time and memory within
limits, and reaches nothing.
"""

from __future__ import annotations

import ctypes
import io
import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from .confine import confine, seal
from .confined import OutOfTime, confined, listen
from .pages import PdfPages, open_pages
from .sniff import HEIF
from .types import RecognizedLine

if TYPE_CHECKING:
    import pypdfium2
    from PIL import Image

_TIMEOUT_S = 15
_MEMORY_BYTES = 2 << 30
_MAX_PIXELS = 4_000_000
_MAX_BYTES = 32 << 20
_FINE = 100  # places are counted in hundredths of a point
_MARK = (255, 214, 0, 96)  # a marker pen's yellow
_LEAST_CHARS = 12

Box = tuple[float, float, float, float]  # left, bottom, right, top, in points
Corners = tuple[float, ...]  # as of a RecognizedLine


def draw_page(
    path: Path,
    *,
    media_type: str,
    page: int,
    quote: str = "",
    recognized: Sequence[RecognizedLine] = (),
    width: int = 1000,
) -> bytes | None:
    """Page ``page`` (from 1) as PNG, ``width`` pixels wide; None when it cannot be drawn in time.

    The quote is looked for in the page's own text, then in what was ``recognized`` on it.
    """
    wanted = {
        "path": str(path.absolute()),
        "media_type": media_type,
        "page": page,
        "quote": quote,
        "recognized": [asdict(line) for line in recognized],
        "width": width,
    }
    drawn, due = bytearray(), time.monotonic() + _TIMEOUT_S

    def hear(received: bytes) -> None:
        drawn.extend(received)
        if len(drawn) > _MAX_BYTES:
            raise OutOfTime

    with confined("ingest.picture", wanted) as child:
        try:
            listen(child, hear=hear, hear_log=lambda _: None, due=lambda: due)
        except OutOfTime:
            return None
    return bytes(drawn) if child.returncode == 0 and drawn.startswith(b"\x89PNG") else None


def quote_boxes(text: str, boxes: Iterable[Box], quote: str) -> list[Box]:
    """One box a line of the quote; ``boxes`` has a box for each character of the page's ``text``.

    Letters and digits alone are compared: line breaks, hyphens and spaces differ
    between a page and its canonical text.
    """
    held = list(boxes)
    return list(_lines(held[index] for index in _places(text, quote)))


def quote_corners(lines: Sequence[RecognizedLine], quote: str) -> list[Corners]:
    """The part of each recognised line that the quote covers; letters are taken as equally wide."""
    text = "".join(line.text for line in lines)
    covered = set(_places(text, quote))
    parts, start = [], 0
    for line in lines:
        inside = [index - start for index in range(start, start + len(line.text)) if index in covered]
        if inside:
            parts.append(_part(line, inside[0] / len(line.text), (inside[-1] + 1) / len(line.text)))
        start += len(line.text)
    return parts


def _part(line: RecognizedLine, begins: float, ends: float) -> Corners:
    """The line's corners between two shares of its length."""
    x0, y0, x1, y1, x2, y2, x3, y3 = line.corners

    def upper(share: float) -> Corners:
        return x0 + share * (x1 - x0), y0 + share * (y1 - y0)

    def lower(share: float) -> Corners:
        return x3 + share * (x2 - x3), y3 + share * (y2 - y3)

    return *upper(begins), *upper(ends), *lower(ends), *lower(begins)


def _places(text: str, quote: str) -> list[int]:
    """The indices of the quote's letters and digits in the page's text.

    A row of a table stands there without its columns' names.
    """
    places = [index for index, character in enumerate(text) if character.isalnum()]
    page = _letters(text)
    cells = " ".join(cell.partition(": ")[2] or cell for cell in quote.split(" | "))
    start, length = _longest_known(page, _letters(quote))
    if not length:
        start, length = _longest_known(page, _letters(cells))
    return places[start : start + length]


def _letters(text: str) -> str:
    return "".join(character.lower()[:1] for character in text if character.isalnum())


def _longest_known(page: str, wanted: str) -> tuple[int, int]:
    """Where the quote stands on the page: all of it, or the half that a page break left."""
    for piece in (wanted, wanted[: len(wanted) // 2], wanted[len(wanted) // 2 :]):
        if len(piece) >= min(_LEAST_CHARS, max(1, len(wanted))) and (found := page.find(piece)) >= 0:
            return found, len(piece)
    return 0, 0


def _lines(boxes: Iterable[Box]) -> Iterator[Box]:
    """Neighbouring boxes on one line, joined."""
    current: Box | None = None
    for left, bottom, right, top in boxes:
        if right <= left or top <= bottom:
            continue
        middle = (bottom + top) / 2
        if current and current[1] <= middle <= current[3] and left >= current[0] - 1:
            current = (current[0], min(current[1], bottom), max(current[2], right), max(current[3], top))
            continue
        if current:
            yield current
        current = (left, bottom, right, top)
    if current:
        yield current


def _text_corners(page: pypdfium2.PdfPage, quote: str) -> list[Corners]:
    """Where the quote stands in the text that a PDF's page holds."""
    text_page = page.get_textpage()
    num_chars = text_page.count_chars()
    text = "".join(text_page.get_text_range(index, 1)[:1] or " " for index in range(num_chars))
    boxes = [text_page.get_charbox(index) for index in range(num_chars)]
    return [
        (*_shown(page, left, top), *_shown(page, right, top), *_shown(page, right, bottom), *_shown(page, left, bottom))
        for left, bottom, right, top in quote_boxes(text, boxes, quote)
    ]


def _shown(page: pypdfium2.PdfPage, x: float, y: float) -> tuple[float, float]:
    """A place in the page's own coordinates as one on the page as it is shown, which may be turned or cut."""
    from pypdfium2 import raw

    width, height = page.get_size()
    across, down = ctypes.c_int(), ctypes.c_int()
    size = round(_FINE * width), round(_FINE * height)
    raw.FPDF_PageToDevice(page.raw, 0, 0, *size, 0, x, y, ctypes.byref(across), ctypes.byref(down))
    return across.value / _FINE, height - down.value / _FINE


def _marked(picture: Image.Image, corners: Iterable[Corners], *, scale: float, height: float) -> Image.Image:
    from PIL import Image, ImageDraw

    layer = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(layer)
    for at in corners:
        pen.polygon([(x * scale, (height - y) * scale) for x, y in zip(at[::2], at[1::2], strict=True)], fill=_MARK)
    return Image.alpha_composite(picture.convert("RGBA"), layer)


def main() -> int:
    """The child: read the request, give up every right, draw."""
    wanted = json.loads(sys.stdin.read())
    confine(memory_bytes=_MEMORY_BYTES, cpu_s=_TIMEOUT_S)
    import pypdfium2  # noqa: F401  # loaded before the door is shut
    from PIL import Image, ImageDraw, PngImagePlugin  # noqa: F401

    Image.init()
    with open(wanted["path"], "rb") as file:  # read before the door is shut
        content = file.read()
    seal(threads=wanted["media_type"] == HEIF)
    pages = open_pages(content, media_type=wanted["media_type"])
    number, quote = wanted["page"], wanted["quote"]
    if not 1 <= number <= len(pages):
        return 1
    width, height = pages.size(number)
    scale = min(wanted["width"] / width, (_MAX_PIXELS / (width * height)) ** 0.5)
    picture = pages.draw(number, scale=scale)
    if quote:
        recognized = [RecognizedLine(**line) for line in wanted["recognized"]]
        own = _text_corners(pages.page(number), quote) if isinstance(pages, PdfPages) else []
        corners = own or quote_corners(recognized, quote)
        picture = _marked(picture, corners, scale=scale, height=height)
    out = io.BytesIO()
    picture.convert("RGB").save(out, "PNG", optimize=False)
    sys.stdout.buffer.write(out.getvalue())
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
