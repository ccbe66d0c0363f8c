"""EPUB: chapters in reading order; a protected book is named as such."""

from __future__ import annotations

import io
import zipfile

import pytest

from ingest.errors import CorruptSource, EncryptedSource

from .conftest import Parse

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="b/p.opf"/></rootfiles></container>'
)


def book(*order: str, **parts: str) -> bytes:
    """A book whose spine lists the chapters ``order``; ``parts`` are more members, by name."""
    items = "".join(f'<item id="{name}" href="{name}.xhtml"/>' for name in sorted(order))
    spine = "".join(f'<itemref idref="{name}"/>' for name in order)
    members = {
        "META-INF/container.xml": CONTAINER,
        "b/p.opf": f'<package xmlns="http://www.idpf.org/2007/opf"><manifest>{items}</manifest>'
        f"<spine>{spine}</spine></package>",
        **{f"b/{name}.xhtml": f"<html><body><h1>{name}</h1><p>text of {name}</p></body></html>" for name in order},
        **parts,
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def test_chapters_come_in_the_order_of_the_spine(parse: Parse) -> None:
    document = parse(book("second", "first"), "a.epub")

    assert [section.path for section in document.sections] == [("second",), ("first",)]


def test_a_book_without_chapters_is_corrupt(parse: Parse) -> None:
    with pytest.raises(CorruptSource, match="no chapters"):
        parse(book(), "a.epub")


@pytest.mark.parametrize(("locked", "error"), [("b/one.xhtml", EncryptedSource), ("b/font.otf", None)])
def test_only_a_locked_chapter_locks_the_book(parse: Parse, locked: str, error: type[Exception] | None) -> None:
    listing = (
        '<encryption xmlns:e="http://www.w3.org/2001/04/xmlenc#">'
        f'<e:EncryptedData><e:CipherData><e:CipherReference URI="{locked}"/></e:CipherData></e:EncryptedData>'
        "</encryption>"
    )
    content = book("one", **{"META-INF/encryption.xml": listing})

    if error:
        with pytest.raises(error, match="protected"):
            parse(content, "a.epub")
    else:
        assert "text of one" in parse(content, "a.epub").text
