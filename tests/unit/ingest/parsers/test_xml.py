"""XML: running text, sections and records; no entities, no other files."""

from __future__ import annotations

import pytest

from ingest.errors import CorruptSource, NoText

from .conftest import Parse


def test_sections_nest_by_their_titles(parse: Parse) -> None:
    content = (
        "<article><body><sec><title>A</title><p>one <b>bold</b> word</p>"
        "<sec><title>B</title><p>two</p></sec></sec></body></article>"
    )

    document = parse(content, "a.xml")

    assert document.text == "A\n\none bold word\n\nB\n\ntwo"
    assert [section.path for section in document.sections] == [("A",), ("A", "B")]


def test_a_record_is_a_line_of_fields(parse: Parse) -> None:
    content = "<ships><ship><name>Aurora</name><port>Bergen</port></ship></ships>"

    assert parse(content, "a.xml").text == "name: Aurora | port: Bergen"


def test_a_table_is_rows(parse: Parse) -> None:
    content = "<t><table><tr><th>A</th><th>B</th><th>C</th></tr><tr><td>1</td><td>2</td><td>3</td></tr></table></t>"

    assert parse(content, "a.xml").text == "A | B | C\nA: 1 | B: 2 | C: 3"


def test_comments_and_instructions_are_not_text(parse: Parse) -> None:
    assert parse("<a><!-- no --><?no no?><p>yes</p></a>", "a.xml").text == "yes"


@pytest.mark.parametrize(
    "entity",
    [
        '<!ENTITY e SYSTEM "file:///etc/hostname">',
        '<!ENTITY e "expanded">',
        '<!ENTITY e PUBLIC "x" "http://192.0.2.1/">',
    ],
)
def test_entities_are_not_followed(parse: Parse, entity: str) -> None:
    with pytest.raises(NoText):
        parse(f"<!DOCTYPE a [{entity}]><a>&e;</a>", "a.xml")


def test_what_is_not_well_formed_is_corrupt(parse: Parse) -> None:
    with pytest.raises(CorruptSource, match="well formed"):
        parse("<a><b></a>", "a.xml")
