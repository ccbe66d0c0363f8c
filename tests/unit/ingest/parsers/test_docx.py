"""DOCX: paragraphs in order with their styles; what was deleted stays deleted."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from ingest.errors import CorruptSource, NoText
from ingest.parsers.docx_numbering import Level, Numbering

from .conftest import Parse


def saved(document: Document) -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def with_xml(*paragraphs: str) -> bytes:
    """A document of one body paragraph for each piece of WordprocessingML."""
    document = docx.Document()
    for xml in paragraphs:
        paragraph = parse_xml(f"<w:p {nsdecls('w')}>{xml}</w:p>")
        document.element.body.insert(len(document.element.body) - 1, paragraph)
    return saved(document)


def test_headings_are_sections_and_the_title_stands_above_them(parse: Parse) -> None:
    document = docx.Document()
    document.add_heading("The book", level=0)
    document.add_heading("Chapter", level=1)
    document.add_heading("Part", level=2)
    document.add_paragraph("text")

    paths = [section.path for section in parse(saved(document), "a.docx").sections]

    assert paths[-1] == ("The book", "Chapter", "Part")


def test_a_style_inherits_its_level(parse: Parse) -> None:
    document = docx.Document()
    style = document.styles.add_style("House heading", 1)
    style.base_style = document.styles["Heading 2"]
    document.add_paragraph("Named", style="House heading")

    assert [section.path for section in parse(saved(document), "a.docx").sections] == [("Named",)]


def test_deleted_text_is_gone_and_inserted_text_is_there(parse: Parse) -> None:
    content = with_xml(
        "<w:r><w:t xml:space='preserve'>kept </w:t></w:r>"
        "<w:del w:id='1' w:author='a'><w:r><w:delText>deleted</w:delText></w:r></w:del>"
        "<w:ins w:id='2' w:author='a'><w:r><w:t>inserted</w:t></w:r></w:ins>"
    )

    assert parse(content, "a.docx").text == "kept inserted"


def test_a_fields_code_is_not_text_but_its_result_is(parse: Parse) -> None:
    content = with_xml("<w:r><w:instrText>PAGEREF x</w:instrText></w:r><w:r><w:t>page 3</w:t></w:r>")

    assert parse(content, "a.docx").text == "page 3"


def test_line_breaks_stay_and_tabs_are_spaces(parse: Parse) -> None:
    content = with_xml("<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r>")

    assert parse(content, "a.docx").text == "a b\nc"


def test_cells_that_span_keep_the_columns(parse: Parse) -> None:
    document = docx.Document()
    table = document.add_table(rows=3, cols=3)
    for row, texts in zip(
        table.rows, (("Ship", "Port", "Cargo"), ("Aurora", "Bergen", "salt"), ("", "Oslo", "")), strict=True
    ):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(1, 1).merge(table.cell(1, 2))

    lines = parse(saved(document), "a.docx").text.split("\n")

    assert lines[1] == "Ship: Aurora | Port: Bergen salt"
    assert lines[2] == "Ship: Aurora | Port: Oslo"


def test_a_head_that_is_repeated_on_each_page_names_the_columns(parse: Parse) -> None:
    document = docx.Document()
    table = document.add_table(rows=3, cols=3)
    for row, texts in zip(table.rows, (("2023", "", "Port"), ("in", "out", ""), ("5", "7", "Oslo")), strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    table.cell(0, 0).merge(table.cell(0, 1))
    table.cell(0, 2).merge(table.cell(1, 2))
    for row in table.rows[:2]:
        row._tr.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))

    assert parse(saved(document), "a.docx").text == "2023 in | 2023 out | Port\n2023 in: 5 | 2023 out: 7 | Port: Oslo"


def test_the_entries_of_a_list_are_numbered_as_word_numbers_them(parse: Parse) -> None:
    document = docx.Document()
    for text, style in (("Fill", "List Number"), ("Wind", "List Number"), ("Oil", "List Bullet")):
        document.add_paragraph(text, style=style)

    assert parse(saved(document), "a.docx").text == "1. Fill\n2. Wind\n- Oil"


def test_numbers_of_a_list_in_a_list_name_the_list_around_it() -> None:
    levels = {
        ("p", 0): Level(form="upperRoman", pattern="%1.", start=4),
        ("p", 1): Level(form="lowerLetter", pattern="%1.%2)", start=1),
    }
    numbering = Numbering(patterns={"7": "p", "8": "p"}, levels=levels, anew={"8"})

    markers = [numbering.marker("7", depth=depth) for depth in (0, 1, 1, 0, 1)]

    assert [*markers, numbering.marker("8", depth=0)] == ["IV.", "IV.a)", "IV.b)", "V.", "V.a)", "IV."]


def test_a_frame_of_one_column_is_not_a_table(parse: Parse) -> None:
    document = docx.Document()
    document.add_table(rows=1, cols=1).cell(0, 0).text = "framed"

    parsed = parse(saved(document), "a.docx")

    assert (parsed.text, parsed.tables) == ("framed", ())


def test_running_heads_are_left_out(parse: Parse) -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Confidential"
    document.add_paragraph("text")

    assert parse(saved(document), "a.docx").text == "text"


def test_an_empty_document_has_no_text(parse: Parse) -> None:
    with pytest.raises(NoText):
        parse(saved(docx.Document()), "a.docx")


def test_a_document_that_is_not_xml_is_corrupt(parse: Parse) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<w:document")

    with pytest.raises(CorruptSource, match="damaged"):
        parse(file.getvalue(), "a.docx")


def test_an_entity_is_not_expanded(parse: Parse) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(
            "word/document.xml",
            '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY y "expanded">]>'
            f"<w:document {nsdecls('w')}><w:body><w:p><w:r><w:t>a&x;b&y;c</w:t></w:r></w:p></w:body></w:document>",
        )

    assert "expanded" not in parse(file.getvalue(), "a.docx").text
