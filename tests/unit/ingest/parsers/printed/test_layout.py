"""Lines with their sizes and places → blocks."""

from __future__ import annotations

from ingest.parsers.printed.layout import Layout
from ingest.parsers.printed.line import Cell, Line


def line(text: str, *, bottom: float, is_bold: bool = False) -> Line:
    right = 70.0 + 5 * len(text)
    cells = (Cell(text, 70.0, right),)
    return Line(
        text=text, left=70.0, right=right, bottom=bottom, top=bottom + 12, size=12.0, is_bold=is_bold, cells=cells
    )


def headings(lines: list[Line]) -> list[str]:
    return [block.text for block in Layout.of([lines]).blocks(lines) if block.level]


def test_bold_lines_far_apart_are_headings_of_their_own() -> None:
    names = [
        line(name, bottom=700 - 21 * row, is_bold=True) for row, name in enumerate(("Council", "Minutes", "Present"))
    ]
    members = [line(f"Keeper {row} of the northern light", bottom=610 - 27 * row) for row in range(6)]

    assert headings([*names, *members]) == ["Council", "Minutes", "Present"]


def test_bold_lines_one_below_the_other_are_one_heading() -> None:
    name = [line("Of the council of the", bottom=700, is_bold=True), line("harbour", bottom=686, is_bold=True)]

    assert headings([*name, line("Keepers of the northern light met here.", bottom=650)]) == [
        "Of the council of the harbour"
    ]


def test_lines_that_begin_with_a_bullet_are_entries_of_their_own() -> None:
    lines = [line(f"- Trim wick {number}", bottom=700 - 14 * number) for number in range(4)]

    assert [block.text for block in Layout.of([lines]).blocks(lines)] == [each.text for each in lines]
