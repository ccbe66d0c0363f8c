"""CSV: the separator is guessed, quotes are honoured, nothing is too broken."""

from __future__ import annotations

import pytest

from ingest.parsers.csv import likeliest_separator

from .conftest import Parse


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n", ";"),
        ("a\tb\n1\t2\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ('"x;y",b\n"z;w",d\n', ","),
        ("one column\nof text\n", ","),
    ],
)
def test_the_separator_is_the_one_that_makes_even_rows(text: str, separator: str) -> None:
    assert likeliest_separator(text) == separator


def test_quoted_separators_and_line_breaks_stay_in_their_cell(parse: Parse) -> None:
    text = parse('Name,Note,Year\nAda,"wrote, much\nand well",1843\n', "a.csv").text

    assert text == "Name | Note | Year\nName: Ada | Note: wrote, much and well | Year: 1843"


def test_formulas_are_only_text(parse: Parse) -> None:
    assert "=cmd" in parse("a,b,c\n\"=cmd|'/c calc'!A1\",1,2\n", "a.csv").text


def test_an_unclosed_quote_loses_nothing(parse: Parse) -> None:
    assert "last" in parse('a,b\n1,"open\n2,last\n', "a.csv").text


def test_rows_longer_than_the_header_are_kept(parse: Parse) -> None:
    assert parse("A,B,C\n1,2,3,4\n", "a.csv").text.endswith("C: 3 | 4")


def test_a_title_above_the_header_hides_no_column_names(parse: Parse) -> None:
    text = parse("Stanley Cups,,\nTeam,Location,Cups\nBlues,STL,1\n", "a.csv").text

    assert text == "Stanley Cups\n\nTeam | Location | Cups\nTeam: Blues | Location: STL | Cups: 1"
