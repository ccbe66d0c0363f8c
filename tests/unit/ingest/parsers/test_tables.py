"""Tables: rows that say what their cells are, when a header names them."""

from __future__ import annotations

import pytest

from ingest.parsers.tables import captioned, looks_like_header, table_lines


def lines(rows: list[list[str]], *, has_header: bool | None = None) -> list[str]:
    return list(table_lines(rows, has_header=has_header)[0])


def test_a_header_names_the_cells_of_each_row() -> None:
    rows = [["City", "Country", "People"], ["Oslo", "Norway", "700"], ["Bergen", "Norway", "290"]]

    assert lines(rows) == [
        "City | Country | People",
        "City: Oslo | Country: Norway | People: 700",
        "City: Bergen | Country: Norway | People: 290",
    ]


def test_empty_cells_are_left_out() -> None:
    assert lines([["A", "B", "C"], ["1", "", "3"], ["", "2", ""]], has_header=True)[1:] == ["A: 1 | C: 3", "B: 2"]


def test_a_form_has_no_header() -> None:
    rows = [["Name", "Ada"], ["Post", "Keeper"], ["Since", "1887"]]

    assert lines(rows) == ["Name | Ada", "Post | Keeper", "Since | 1887"]


def test_long_column_names_are_not_repeated() -> None:
    rows = [["x" * 60, "b", "c"], ["1", "2", "3"]]

    assert lines(rows, has_header=True)[1] == "1 | 2 | 3"


def test_names_from_elsewhere_stand_before_the_cells_of_every_row() -> None:
    found, has_header = table_lines([["Oslo", "700"], ["", "290"]], names=["City", "People"])

    assert list(found) == ["City: Oslo | People: 700", "People: 290"]
    assert not has_header


def test_an_abbreviation_may_name_a_column() -> None:
    assert looks_like_header([["Document No.", "Payee", "Amount"], ["17", "A. Berg", "12.50"]])


def test_a_cell_with_line_breaks_stays_in_its_row() -> None:
    assert lines([["a", "b\nc"]]) == ["a | b c"]


def test_no_rows_give_no_lines() -> None:
    assert lines([["", " "], []]) == []


def test_rows_are_taken_one_by_one() -> None:
    endless = ([str(number), "x"] for number in iter(int, 1))
    found, _ = table_lines(endless)

    assert next(found) == "0 | x"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([["Year", "Sold"], ["2001", "7"]], True),
        ([["2001", "7"], ["2002", "8"]], False),
        ([["Name:", "Ada", "x"], ["Post:", "Keeper", "y"]], False),
        ([["a", "a", "b"], ["1", "2", "3"]], False),
        ([["It rained all day.", "b", "c"], ["1", "2", "3"]], False),
        ([["Title", ""], ["a", "b"]], False),
        ([["City", "Most per night"], ["London", "165 pounds"], ["Suzhou", "95 pounds"]], True),
        ([["Size", "4 MB"], ["Weight", "3 kg"], ["Since", "1887"]], False),
        ([["Food", "", "Calories"], ["Leaves", "Ash, Elm", "50"], ["Grain", "Corn", "200"]], True),
        ([["Food", "", "Remark"], ["Leaves", "Ash, Elm", "green"], ["Grain", "Corn", "dry"]], False),
    ],
)
def test_a_header_is_known_by_its_looks(rows: list[list[str]], expected: bool) -> None:
    assert looks_like_header(rows) is expected


def test_titles_above_a_table_stand_apart() -> None:
    titles, rows = captioned([["Stanley Cups", "", ""], ["Team", "Location", "Cups"], ["Blues", "STL", "1"]])

    assert (titles, list(rows)) == (["Stanley Cups"], [["Team", "Location", "Cups"], ["Blues", "STL", "1"]])


def test_a_column_of_single_cells_has_no_title() -> None:
    assert captioned([["one"], ["two"]])[0] == []
