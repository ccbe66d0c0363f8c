"""A PDF page as a picture with a quote marked, drawn in a process of its own.

`python -m ingest.picture` reads one JSON object from standard input and writes a PNG to
standard output, confined like a parser: a hostile file costs time and memory within
limits, and reaches nothing.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .parsers.confine import confine, seal

if TYPE_CHECKING:
    import pypdfium2

_TIMEOUT_S = 15
_MEMORY_BYTES = 2 << 30
_MAX_PIXELS = 4_000_000
_MARK = (255, 214, 0, 96)  # a marker pen's yellow
_LEAST_CHARS = 12

Box = tuple[float, float, float, float]  # left, bottom, right, top, in points


def draw_page(path: Path, *, page: int, quote: str = "", width: int = 1000) -> bytes | None:
    """Page ``page`` (from 1) as PNG, ``width`` pixels wide; None when it cannot be drawn in time."""
    wanted = json.dumps({"path": str(path), "page": page, "quote": quote, "width": width})
    try:
        done = subprocess.run(
            [sys.executable, "-m", "ingest.picture"],
            input=wanted.encode(),
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    return done.stdout if done.returncode == 0 and done.stdout.startswith(b"\x89PNG") else None


def quote_boxes(text: str, boxes: Iterable[Box], quote: str) -> list[Box]:
    """One box a line of the quote; ``boxes`` has a box for each character of the page's ``text``.

    Letters and digits alone are compared: line breaks, hyphens and spaces differ
    between a page and its canonical text.
    """
    places = [index for index, character in enumerate(text) if character.isalnum()]
    page = "".join(text[index].lower()[:1] for index in places)
    wanted = "".join(character.lower()[:1] for character in quote if character.isalnum())
    start, length = _longest_known(page, wanted)
    held = list(boxes)
    return list(_lines(held[index] for index in places[start : start + length]))


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


def _draw(page: pypdfium2.PdfPage, quote: str, width: int) -> bytes:
    from PIL import Image, ImageDraw

    page_width, page_height = page.get_size()
    scale = min(width / page_width, (_MAX_PIXELS / (page_width * page_height)) ** 0.5)
    picture = page.render(scale=scale).to_pil().convert("RGBA")
    if quote:
        text_page = page.get_textpage()
        num_chars = text_page.count_chars()
        text = "".join(text_page.get_text_range(index, 1)[:1] or " " for index in range(num_chars))
        boxes = [text_page.get_charbox(index) for index in range(num_chars)]
        layer = Image.new("RGBA", picture.size, (0, 0, 0, 0))
        pen = ImageDraw.Draw(layer)
        for left, bottom, right, top in quote_boxes(text, boxes, quote):
            high, low = (page_height - top) * scale - 2, (page_height - bottom) * scale + 2
            pen.rectangle((left * scale - 2, high, right * scale + 2, low), fill=_MARK)
        picture = Image.alpha_composite(picture, layer)
    out = io.BytesIO()
    picture.convert("RGB").save(out, "PNG", optimize=False)
    return out.getvalue()


def main() -> int:
    """The child: read the request, give up every right, draw."""
    wanted = json.loads(sys.stdin.read())
    confine(memory_bytes=_MEMORY_BYTES, cpu_s=_TIMEOUT_S)
    import pypdfium2
    from PIL import Image, ImageDraw, PngImagePlugin  # noqa: F401  # loaded before the door is shut

    with open(wanted["path"], "rb") as file:  # read before the door is shut
        source = file.read()
    seal()
    document = pypdfium2.PdfDocument(source)
    if not 1 <= wanted["page"] <= len(document):
        return 1
    sys.stdout.buffer.write(_draw(document[wanted["page"] - 1], wanted["quote"], wanted["width"]))
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
