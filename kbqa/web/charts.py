"""Figures → the shapes of a drawing that the template writes as SVG; the same figures stand in a table below it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kbqa.answers.usage import Day

WIDTH, HEIGHT = 720, 160
_GAP = 0.25  # of a day's width


@dataclass(frozen=True, slots=True)
class Part:
    """One colour of one bar, in the drawing's units."""

    kind: str
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class Bars:
    """A stacked bar a day, under a scale that ends at a round number."""

    parts: tuple[Part, ...]
    top: int
    half: str
    first: Day
    last: Day


def bars_of(days: Sequence[Day]) -> Bars:
    top = round_up(max(day.asked for day in days))
    step = WIDTH / len(days)
    parts: list[Part] = []
    for position, day in enumerate(days):
        floor = float(HEIGHT)
        for kind in ("answered", "abstained", "failed"):
            height = HEIGHT * getattr(day, kind) / top
            floor -= height
            if height:
                x = step * (position + _GAP / 2)
                parts.append(Part(kind, f"{x:.1f}", f"{floor:.1f}", f"{step * (1 - _GAP):.1f}", f"{height:.1f}"))
    return Bars(tuple(parts), top, f"{top / 2:g}", days[0], days[-1])


@dataclass(frozen=True, slots=True)
class Lines:
    """Half and nearly all of each day's answers within how long, in seconds; a day without any breaks the line."""

    p50: str
    p95: str
    dots: tuple[tuple[str, str, str], ...]  # kind, x, y: a day alone has no line
    top: str
    half: str


def lines_of(days: Sequence[Day]) -> Lines | None:
    """None where nothing was computed."""
    times = [day.p95_ms / 1e3 for day in days if day.p95_ms is not None]
    if not times:
        return None
    top, dots = _seconds_up(max(times)), []
    paths: dict[str, str] = {}
    for kind in ("p50", "p95"):
        path, is_open = "", False
        for position, day in enumerate(days):
            ms = getattr(day, f"{kind}_ms")
            if ms is None:
                is_open = False
                continue
            x, y = f"{WIDTH * (position + 0.5) / len(days):.1f}", f"{HEIGHT * (1 - ms / 1e3 / top):.1f}"
            path += f"{'L' if is_open else 'M'}{x} {y}"
            dots.append((kind, x, y))
            is_open = True
        paths[kind] = path
    return Lines(paths["p50"], paths["p95"], tuple(dots), f"{top:g}", f"{top / 2:g}")


def _seconds_up(most: float) -> float:
    """As `round_up`, for thousandths too."""
    return round_up(max(1, math.ceil(1e3 * most))) / 1e3


def round_up(most: int) -> int:
    """The next of 2, 4, 10, 20, 40, 100, …: halves of it are whole too."""
    scale = 1
    while True:
        for step in (2, 4, 10):
            if most <= step * scale:
                return step * scale
        scale *= 10
