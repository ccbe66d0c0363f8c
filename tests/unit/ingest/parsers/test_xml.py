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


def test_a_table_of_an_article_has_its_number_its_caption_and_the_names_above_each_column(parse: Parse) -> None:
    head = '<tr><th/><th colspan="2">Calf</th></tr><tr><th/><th>young</th><th>old</th></tr>'
    content = (
        "<article><body><table-wrap><object-id>10.1/t1</object-id><label>Table 2</label><caption><title>Diets"
        '<xref ref-type="table-fn"><sup>a</sup></xref>.</title></caption>'
        f"<table><thead>{head}</thead><tbody><tr><td>Days</td><td>360</td><td>120</td></tr></tbody></table>"
        "<table-wrap-foot><fn><p><sup>a</sup>On pasture.</p></fn></table-wrap-foot></table-wrap></body></article>"
    )

    assert parse(content, "a.xml").text == (
        "Table 2. Diets a.\n\nCalf young | Calf old\nDays | Calf young: 360 | Calf old: 120\n\na On pasture."
    )


def test_the_parts_of_a_contributor_stand_apart(parse: Parse) -> None:
    content = (
        "<article><front><title-group><article-title>On H<sub>2</sub>O</article-title><alt-title>Water</alt-title>"
        "</title-group><contrib><contrib-id>0000-1</contrib-id><name><surname>Byron</surname>"
        "<given-names>Ada</given-names></name><role>Analysis</role><role>Writing</role><xref><sup>1</sup></xref>"
        "</contrib></front><body><sec><label>1</label><title>Wells</title><p>As said [<xref>5</xref>].</p>"
        "</sec></body></article>"
    )

    document = parse(content, "a.xml")

    assert document.text == "On H2O\n\nAda Byron, Analysis, Writing 1\n\n1. Wells\n\nAs said [5]."
    assert [section.path for section in document.sections] == [("On H2O",), ("On H2O", "1. Wells")]


def test_a_reference_keeps_its_order_and_its_volume(parse: Parse) -> None:
    content = (
        "<back><ref-list><title>References</title><ref><label>2</label><mixed-citation><name><surname>Byron</surname>"
        "<given-names>A</given-names></name>. <article-title>Wells</article-title>. <year>1843</year>;"
        "<volume>6</volume></mixed-citation></ref></ref-list></back>"
    )

    assert parse(content, "a.xml").text == "References\n\n2 Byron A. Wells. 1843;6"


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
