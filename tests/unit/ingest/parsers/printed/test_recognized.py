"""Recognised lines: columns told from tables, one size for one type, a tilted page set upright."""

from __future__ import annotations

import math

import pytest

from ingest.parsers.printed.layout import Layout
from ingest.parsers.printed.line import Cell, Line
from ingest.parsers.printed.recognized import beside, in_reading_order, recognized_lines
from ingest.types import RecognizedLine

PROSE = "The keeper writes each night in the log"


def at(text: str, left: float, top: float, *, right: float | None = None, height: float = 12) -> RecognizedLine:
    right, bottom = right or left + 5 * len(text), top - height
    return RecognizedLine(text=text, corners=(left, top, right, top, right, bottom, left, bottom))


def tilted(line: RecognizedLine, degrees: float) -> RecognizedLine:
    sin, cos = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    points = zip(line.corners[::2], line.corners[1::2], strict=True)
    return RecognizedLine(
        text=line.text, corners=tuple(z for x, y in points for z in (x * cos - y * sin, x * sin + y * cos))
    )


def texts(found: list[RecognizedLine]) -> list[str]:
    return [line.text for line in recognized_lines(found)]


def two_columns() -> list[RecognizedLine]:
    """A title over both, and the right column's lines set a little lower than the left one's."""
    rows = range(8)
    return [
        at("Of lights and of those who keep them, in two columns", 60, 780, right=540),
        *(at(f"{PROSE} left {row}", 50, 740 - 14 * row, right=280) for row in rows),
        *(at(f"{PROSE} right {row}", 310, 735 - 14 * row, right=540) for row in rows),
    ]


def test_columns_are_read_one_after_the_other() -> None:
    found = texts(two_columns())

    assert found[0].startswith("Of lights")
    assert found[1:] == [f"{PROSE} {side} {row}" for side in ("left", "right") for row in range(8)]


@pytest.mark.parametrize("degrees", [-3, 1.7, 3])
def test_a_tilted_page_is_set_upright(degrees: float) -> None:
    assert texts([tilted(line, degrees) for line in two_columns()]) == texts(two_columns())


def test_what_comes_between_the_columns_parts_them() -> None:
    below = [
        RecognizedLine(
            text=f"{line.text} below", corners=tuple(at - 200 * (index % 2) for index, at in enumerate(line.corners))
        )
        for line in two_columns()[1:]
    ]
    middle = at("A caption under a figure that spans the columns", 100, 600, right=500)

    found = texts([*two_columns()[1:], middle, *below])

    assert found.index(middle.text) == 16
    assert found[17] == f"{PROSE} left 0 below"


def test_the_lines_themselves_are_put_in_order() -> None:
    found = two_columns()

    assert in_reading_order([*found[::-1], at(" ", 60, 20)]) == found


def test_rows_of_a_table_are_lines_of_cells() -> None:
    found = [
        at(text, left, 700 - 16 * row)
        for row, cells in enumerate(
            [("Light", "Height", "Keeper"), ("North", "31 m", "Aune"), ("South", "24 m", "Brandt")]
        )
        for text, left in zip(cells, (60, 200, 320), strict=True)
    ]

    lines = recognized_lines(found)

    assert [[cell.text for cell in line.cells] for line in lines] == [
        ["Light", "Height", "Keeper"],
        ["North", "31 m", "Aune"],
        ["South", "24 m", "Brandt"],
    ]
    assert next(Layout.of([lines]).blocks(lines)).rows is not None


def test_heights_that_differ_by_their_letters_are_one_size_and_a_heading_is_another() -> None:
    found = [
        at("On keeping a light", 60, 760, height=22),
        *(at(PROSE, 60, 700 - 16 * row, height=11 + row % 3) for row in range(6)),
    ]

    lines = recognized_lines(found)

    assert [line.size for line in lines] == [22.0, *[12.0] * 6]


def test_pieces_of_one_line_are_joined() -> None:
    assert texts([at("The keeper", 60, 700), at("writes", 114, 700)]) == ["The keeper writes"]


def test_nothing_is_no_line() -> None:
    assert recognized_lines([at(" ", 60, 700)]) == recognized_lines([]) == []


def test_a_page_s_own_lines_stay_and_stand_where_they_stood() -> None:
    def line(text: str, bottom: float) -> Line:
        return Line(
            text=text, left=60, right=300, bottom=bottom, top=bottom + 12, size=12, cells=(Cell(text, 60, 300),)
        )

    own = [line("Page 3 of the log", 20), line("Stamped", 800)]
    stamp, number = at("Stampcd", 60, 813, right=300), at("Page 3 of tbe log", 60, 33, right=300)
    seen = [stamp, at("The first line", 60, 712), at("The second", 60, 692), number]

    assert [each.text for each in beside(own, seen)] == ["Stamped", "The first line", "The second", "Page 3 of the log"]
    assert beside(own, [stamp]) == own


def test_what_stands_beside_a_page_s_own_line_stays() -> None:
    own = [Line(text="Page 3", left=500, right=540, bottom=20, top=32, size=12, cells=(Cell("Page 3", 500, 540),))]
    rent = at("The tenant pays the rent", 60, 32, right=300)

    assert [each.text for each in beside(own, [rent, at("Page 3", 500, 32, right=540)])] == [rent.text, "Page 3"]


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_page_that_was_turned_is_read_as_it_is_read(degrees: int) -> None:
    assert texts([tilted(line, degrees) for line in two_columns()]) == texts(two_columns())


def test_columns_of_chinese_are_read_one_after_the_other() -> None:
    rows = range(7)
    left = [at(f"承租方应当负责修复房屋左侧部分第{row}行", 50, 740 - 16 * row, right=250) for row in rows]
    right = [at(f"出租方应当负责维护房屋右侧部分第{row}行", 300, 740 - 16 * row, right=500) for row in rows]

    assert texts([each for pair in zip(left, right, strict=True) for each in pair]) == [
        line.text for line in (*left, *right)
    ]


def test_pieces_of_a_chinese_line_are_joined_without_a_space() -> None:
    assert texts([at("承租方应当", 60, 700, right=120), at("负责修复", 122, 700, right=180)]) == ["承租方应当负责修复"]
