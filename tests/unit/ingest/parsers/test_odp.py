"""ODP: slides as pages with their titles, what stands in their shapes, and what is only on their masters left out."""

from __future__ import annotations

import io
import zipfile

import pytest

from ingest.errors import EncryptedSource, NoText

from .conftest import Parse

NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{space}:1.0"'
    for name, space in (
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("draw", "drawing"),
        ("presentation", "presentation"),
    )
)


def written(*slides: str, manifest: str = "<manifest/>") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.presentation")
        archive.writestr("META-INF/manifest.xml", manifest)
        pages = "".join(f"<draw:page>{slide}</draw:page>" for slide in slides)
        archive.writestr(
            "content.xml",
            f"<office:document-content {NAMES}><office:body><office:presentation>{pages}</office:presentation>"
            "</office:body></office:document-content>",
        )
    return file.getvalue()


def frame(role: str, *paragraphs: str, more: str = "") -> str:
    text = "".join(f"<text:p>{paragraph}</text:p>" for paragraph in paragraphs)
    return f'<draw:frame presentation:class="{role}" {more}><draw:text-box>{text}</draw:text-box></draw:frame>'


def test_a_slide_is_a_page_whose_title_comes_first(parse: Parse) -> None:
    document = parse(
        written(frame("outline", "At noon.") + frame("title", "The bell"), frame("outline", "At six.")), "a.odp"
    )

    assert document.text == "The bell\n\nAt noon.\n\nAt six."
    assert [(page.number, page.label) for page in document.pages] == [(1, "The bell"), (2, "")]
    assert [section.path for section in document.sections] == [("The bell",)]


def test_shapes_in_groups_and_notes_are_read(parse: Parse) -> None:
    group = "<draw:g><draw:custom-shape><text:p>In a group.</text:p></draw:custom-shape></draw:g>"
    notes = f"<presentation:notes>{frame('page')}{frame('notes', 'To be said.')}</presentation:notes>"

    assert parse(written(group + notes), "a.odp").text == "In a group.\n\nTo be said."


def test_numbers_of_slides_dates_and_what_is_yet_to_fill_are_left_out(parse: Parse) -> None:
    furniture = frame("page-number", "7") + frame("date-time", "Monday") + frame("footer", "Our house")
    empty = frame("outline", "Click to add text", more='presentation:placeholder="true"')

    assert parse(written(furniture + empty + frame("outline", "At noon.")), "a.odp").text == "At noon."


def test_a_comment_is_left_out(parse: Parse) -> None:
    comment = "<office:annotation><text:p>Is it?</text:p></office:annotation>"

    assert parse(written(comment + frame("outline", "At noon.")), "a.odp").text == "At noon."


def test_slides_without_text_say_so(parse: Parse) -> None:
    with pytest.raises(NoText, match="slides"):
        parse(written("<draw:frame/>"), "a.odp")


def test_a_protected_file_is_said_to_be_one(parse: Parse) -> None:
    manifest = '<m:manifest xmlns:m="x"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>'

    with pytest.raises(EncryptedSource, match="password"):
        parse(written(frame("outline", "x"), manifest=manifest), "a.odp")
