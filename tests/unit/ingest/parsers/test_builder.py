"""The builder: offsets refer to the final text, whatever was appended."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import NoText, SourceTooLarge
from ingest.parsers.builder import DocumentBuilder
from ingest.types import ParsedDocument


def built(builder: DocumentBuilder) -> ParsedDocument:
    return builder.build(media_type="text/plain")


@pytest.fixture
def builder() -> DocumentBuilder:
    return DocumentBuilder(max_chars=1000)


def test_blocks_are_parted_by_an_empty_line(builder: DocumentBuilder) -> None:
    builder.paragraph("one\ntwo")
    builder.lines("three\n four")

    assert built(builder).text == "one two\n\nthree\n four"


def test_a_heading_opens_a_section_until_the_next(builder: DocumentBuilder) -> None:
    builder.heading("A", level=1)
    builder.paragraph("text")
    builder.heading("B", level=2)
    builder.heading("C", level=1)

    sections = built(builder).sections

    assert [section.path for section in sections] == [("A",), ("A", "B"), ("C",)]
    assert [(section.start, section.end) for section in sections] == [(0, 9), (9, 12), (12, 13)]


def test_a_skipped_level_does_not_break_the_path(builder: DocumentBuilder) -> None:
    builder.heading("A", level=1)
    builder.heading("C", level=4)
    builder.heading("B", level=2)

    assert [section.path for section in built(builder).sections] == [("A",), ("A", "C"), ("A", "B")]


def test_an_endless_heading_is_a_paragraph(builder: DocumentBuilder) -> None:
    builder.heading("word " * 100, level=1)

    assert built(builder).sections == ()


def test_a_paragraph_goes_on_over_a_page(builder: DocumentBuilder) -> None:
    builder.page(1)
    builder.paragraph("begins here and is hyphen-")
    builder.page(2)
    builder.continued("ated there")

    document = built(builder)

    assert document.text == "begins here and is hyphenated there"
    assert document.text[document.pages[1].start :] == "ated there"
    assert document.pages[0].end == document.pages[1].start


def test_an_empty_page_holds_nothing(builder: DocumentBuilder) -> None:
    for number in (1, 2, 3):
        builder.page(number)
        builder.paragraph("" if number == 2 else "text")

    document = built(builder)

    assert [document.text[page.start : page.end].strip() for page in document.pages] == ["text", "", "text"]


def test_entries_follow_each_other_line_by_line(builder: DocumentBuilder) -> None:
    builder.paragraph("Bring:")
    builder.entry("bread")
    builder.entry("butter", marker="2.", depth=1)

    assert built(builder).text == "Bring:\n\n- bread\n  2. butter"


def test_warnings_are_said_once(builder: DocumentBuilder) -> None:
    builder.paragraph("text")
    builder.warn("Careful.")
    builder.warn("Careful.")

    assert built(builder).warnings == ("Careful.",)


def test_the_first_heading_is_the_title_unless_one_is_declared(builder: DocumentBuilder) -> None:
    builder.heading("Heading", level=1)

    assert built(builder).title == "Heading"
    assert builder.build(media_type="", title=" Declared\n").title == "Declared"
    assert builder.build(media_type="", heading_is_title=False).title == ""


def test_nothing_readable_is_no_text(builder: DocumentBuilder) -> None:
    builder.paragraph("--- ...")

    with pytest.raises(NoText, match="no text"):
        built(builder)


def test_too_much_text_is_refused_at_once(builder: DocumentBuilder) -> None:
    with pytest.raises(SourceTooLarge, match="1,000"):
        builder.table([["x" * 99] for _ in range(100)])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["page", "heading", "paragraph", "lines", "entry", "continued", "table"]),
            st.text(max_size=40),
        ),
        max_size=25,
    )
)
def test_whatever_is_appended_offsets_stay_true(acts: list[tuple[str, str]]) -> None:
    builder = DocumentBuilder(max_chars=100_000)
    builder.paragraph("start")
    for number, (act, text) in enumerate(acts, start=1):
        match act:
            case "page":
                builder.page(number)
            case "heading":
                builder.heading(text, level=len(text) % 4)
            case "table":
                builder.table([[text, "a"], ["b", text]])
            case _:
                getattr(builder, act)(text)

    document = built(builder)

    assert all(document.text.startswith(section.path[-1], section.start) for section in document.sections)
    assert all("\n\n" not in document.text[table.start : table.end] for table in document.tables)
    for first, second in zip(document.pages, document.pages[1:], strict=False):
        assert first.end == second.start
    assert not document.pages or document.pages[-1].end == len(document.text)
