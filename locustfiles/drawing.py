"""Lines over seconds, laid out once and painted twice: as SVG for the page, as PNG for whatever shows no SVG.

A layout is strokes and words in pixels; what paints it knows nothing of time or units.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]

_WIDTH, _HEIGHT, _LEFT, _TOP, _BELOW = 380, 130, 48, 42, 24
_COLOURS = ("#2f5bd7", "#c2410c", "#15803d", "#7c3aed")
_INK, _GRID, _MARK, _FONT_SIZE = "#404040", "#e5e7eb", "#b91c1c", 11
_ANCHORS: dict[Anchor, str] = {"start": "ls", "middle": "ms", "end": "rs"}
_FINER = 2  # a PNG's pixels to one of the layout's


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through points."""

    points: tuple[Point, ...]
    colour: str
    width: float = 1.0


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text whose baseline begins or ends at a point."""

    at: Point
    text: str
    colour: str = _INK
    anchor: Anchor = "start"


@dataclass(frozen=True, slots=True)
class Layout:
    """A picture before it is painted."""

    title: str
    parts: tuple[Stroke | Words, ...]
    size: tuple[int, int] = (_LEFT + _WIDTH + 12, _TOP + _HEIGHT + _BELOW)


def layout(
    title: str,
    series: Mapping[str, Sequence[Point]],
    *,
    unit: str,
    until: float,
    marks: Sequence[tuple[float, str]] = (),
) -> Layout:
    """From zero up, over ``until`` seconds, with a legend; ``marks`` are moments that something happened."""
    top = _rounded_up(max((y for line in series.values() for _, y in line), default=1))
    right = until or 1

    def placed(x: float, y: float) -> Point:
        return _LEFT + min(1.0, max(0.0, x / right)) * _WIDTH, _TOP + _HEIGHT * (1 - y / top)

    parts: list[Stroke | Words] = [Words((_LEFT, 14), f"{title} ({unit})")]
    for share in (0, 0.5, 1):
        x, y = placed(0, share * top)
        parts += [
            Stroke(((x, y), placed(right, share * top)), _GRID),
            Words((x - 6, y + 4), f"{top * share:,g}", anchor="end"),
        ]
    for share in (0, 0.25, 0.5, 0.75, 1):
        x, y = placed(share * right, 0)
        parts.append(Words((x, y + 16), f"{right * share:,.0f} s", anchor=_anchor_at(share)))
    for number, (moment, what) in enumerate(marks):
        x, y = placed(moment, 0)
        anchor: Anchor = "end" if moment > right / 2 else "start"
        aside = -3 if anchor == "end" else 3
        words = Words((x + aside, _TOP + 10 + 12 * number), what, _MARK, anchor)
        parts += [Stroke(((x, y), (x, _TOP)), _MARK), words]
    left = _LEFT
    for (name, line), colour in zip(series.items(), _COLOURS, strict=False):
        parts += [Stroke(tuple(placed(*point) for point in line), colour, 1.5), Words((left, 30), name, colour)]
        left += 16 + 7 * len(name)
    return Layout(title, tuple(parts))


def _anchor_at(share: float) -> Anchor:
    """Inside the picture at both ends, else under the place."""
    return "start" if share == 0 else "end" if share == 1 else "middle"


def _rounded_up(most: float) -> float:
    """The next of 1, 2, 5, 10, 20…, so that an axis can be read."""
    step = 10.0 ** math.floor(math.log10(most)) if most > 0 else 0.1
    return next(times * step for times in (1, 2, 5, 10) if most <= times * step)


def as_svg(drawn: Layout) -> str:
    width, height = drawn.size
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-size="{_FONT_SIZE}" font-family="system-ui,sans-serif" role="img" aria-label="{escape(drawn.title)}">'
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(_svg_of(part) for part in drawn.parts)}</svg>'
    )


def as_png(drawn: Layout) -> bytes:
    width, height = (side * _FINER for side in drawn.size)
    image = Image.new("RGB", (width, height), "#fff")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(_FONT_SIZE * _FINER)
    for part in drawn.parts:
        if isinstance(part, Words):
            at = (part.at[0] * _FINER, part.at[1] * _FINER)
            pen.text(at, part.text, part.colour, font, anchor=_ANCHORS[part.anchor])
        elif len(part.points) > 1:
            path = [(x * _FINER, y * _FINER) for x, y in part.points]
            pen.line(path, part.colour, round(part.width * _FINER), joint="curve")
    written = BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()


def _svg_of(part: Stroke | Words) -> str:
    if isinstance(part, Words):
        x, y = part.at
        anchor = f' text-anchor="{part.anchor}"' if part.anchor != "start" else ""
        return f'<text x="{x:.1f}" y="{y:.1f}" fill="{part.colour}"{anchor}>{escape(part.text)}</text>'
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in part.points)
    return f'<polyline fill="none" stroke="{part.colour}" stroke-width="{part.width}" points="{points}"/>'
