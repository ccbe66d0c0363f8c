"""Figures → the shapes of a drawing that the template writes as SVG; the same figures stand in a table below it."""

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


def round_up(most: int) -> int:
    """The next of 2, 4, 10, 20, 40, 100, …: halves of it are whole too."""
    scale = 1
    while True:
        for step in (2, 4, 10):
            if most <= step * scale:
                return step * scale
        scale *= 10
