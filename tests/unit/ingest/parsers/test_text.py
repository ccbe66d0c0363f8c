"""Plain text: hard-wrapped paragraphs are mended, meant line breaks stay."""

from __future__ import annotations

import pytest

from ingest.errors import NoText

from .conftest import Parse

WRAPPED = """The lamp of the northern lighthouse is lit at dusk and burns until
sunrise, whatever the weather, for the ships that pass at night know
no other sign of the coast.
"""


def test_a_wrapped_paragraph_becomes_one_line(parse: Parse) -> None:
    assert "\n" not in parse(WRAPPED, "a.txt").text


@pytest.mark.parametrize(
    "text",
    [
        "Roses are red\nViolets are blue",
        "- first entry of the list that is long enough to look wrapped\n- second entry of the list, quite as long",
        "host = db.example.org\nport = 5432\nname = lighthouse",
    ],
)
def test_meant_line_breaks_stay(parse: Parse, text: str) -> None:
    assert parse(text, "a.txt").text == text


def test_indents_of_code_stay(parse: Parse) -> None:
    assert parse("def lit():\n    return True\n", "a.py").text == "def lit():\n    return True"


def test_white_space_alone_is_no_text(parse: Parse) -> None:
    with pytest.raises(NoText):
        parse(" \n\t\n", "a.txt")
