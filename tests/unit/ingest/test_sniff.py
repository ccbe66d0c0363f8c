"""Media types: by signature first, and a refusal that says what to do."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from ingest import sniff
from ingest.errors import CorruptSource, EmptySource, EncryptedSource, IngestError, UnsupportedType
from tests.ole_file import ole_file

OLE = ole_file({"Unheard of": b"x"})


@pytest.fixture(autouse=True)
def _old_office_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its library is not everywhere, and what a file is does not depend on it."""
    monkeypatch.setattr(sniff, "READS_OLD_OFFICE", True)


def type_of(tmp_path: Path, content: bytes, *, name: str = "file") -> str:
    path = tmp_path / "bytes"
    path.write_bytes(content)
    return sniff.sniff(path, name=name)


def packed(tmp_path: Path, *names: str) -> bytes:
    path = tmp_path / "packed.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return path.read_bytes()


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (b"%PDF-1.7 ...", "renamed.txt", sniff.PDF),
        (b"junk before\n%PDF-1.4", "a.pdf", sniff.PDF),
        (b"{\\rtf1 hello}", "a.doc", sniff.RTF),
        (b"<!DOCTYPE html><p>x", "page", sniff.HTML),
        (b"<p>x</p>", "page.HTM", sniff.HTML),
        (b"# Title", "read.md", sniff.MARKDOWN),
        (b"a,b\n1,2", "t.csv", sniff.CSV),
        (b"a\tb", "t.tsv", sniff.TSV),
        (b"From: a@b.c\nSubject: hi\n\nx", "mail.eml", sniff.EML),
        (b"Received: from x\nFrom: a@b.c\n\nx", "mail", sniff.EML),
        (b"<?xml version='1.0'?><a/>", "a.xml", sniff.XML),
        (b"plain words", "notes", sniff.TEXT),
        (b"print('x')", "tool.py", sniff.TEXT),
        ("Юникод".encode("utf-16"), "u.txt", sniff.TEXT),
        ("plain words".encode("utf-16-le"), "u.txt", sniff.TEXT),
        ("plain words".encode("utf-32-be"), "u.txt", sniff.TEXT),
        ("中文内容".encode("gb18030"), "c.txt", sniff.TEXT),
    ],
)
def test_content_names_its_type(tmp_path: Path, content: bytes, name: str, expected: str) -> None:
    assert type_of(tmp_path, content, name=name) == expected


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("word/document.xml", sniff.DOCX),
        ("ppt/presentation.xml", sniff.PPTX),
        ("xl/workbook.xml", sniff.XLSX),
        ("xl/workbook.bin", sniff.XLSB),
        ("META-INF/container.xml", sniff.EPUB),
    ],
)
def test_a_zip_is_what_is_inside_it(tmp_path: Path, inside: str, expected: str) -> None:
    content = packed(tmp_path, "[Content_Types].xml", inside)

    assert type_of(tmp_path, content, name="renamed.zip") == expected


@pytest.mark.parametrize("media_type", [sniff.ODT, sniff.ODP, sniff.ODS, sniff.EPUB])
def test_a_zip_may_declare_its_type_first(tmp_path: Path, media_type: str) -> None:
    path = tmp_path / "declared.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", media_type)

    assert type_of(tmp_path, path.read_bytes()) == media_type


@pytest.mark.parametrize(
    ("content", "name", "error", "words"),
    [
        (b"", "a.txt", EmptySource, "empty"),
        (b"\x7fELF\x02\x01", "a.txt", UnsupportedType, "program"),
        (b"\0\x01\x02\x03" * 200, "a.bin", UnsupportedType, "not supported"),
        (b"<svg/>", "a.svg", UnsupportedType, "Pictures"),
        (b"not a zip", "a.docx", CorruptSource, ".docx"),
        (ole_file({"EncryptedPackage": b"x"}), "a.docx", EncryptedSource, "password"),
        (ole_file({"PP40": b"x"}), "a.ppt", UnsupportedType, "before 1997"),
        (OLE, "a.xyz", UnsupportedType, "Supported are PDF"),
        (OLE[:600], "a.doc", CorruptSource, "damaged"),
    ],
)
def test_a_refusal_says_why(tmp_path: Path, content: bytes, name: str, error: type[IngestError], words: str) -> None:
    with pytest.raises(error, match=words):
        type_of(tmp_path, content, name=name)


@pytest.mark.parametrize(
    ("stream", "expected"),
    [("WordDocument", sniff.DOC), ("PowerPoint Document", sniff.PPT), ("__substg1.0_0037001F", sniff.MSG)],
)
def test_an_ole_container_is_what_its_streams_are(tmp_path: Path, stream: str, expected: str) -> None:
    assert type_of(tmp_path, ole_file({stream: b"x"}), name="renamed.dat") == expected


@pytest.mark.parametrize(("stream", "newer"), [("WordDocument", "DOCX"), ("PowerPoint Document", "PPTX")])
def test_old_office_files_are_refused_where_their_library_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: str, newer: str
) -> None:
    monkeypatch.setattr(sniff, "READS_OLD_OFFICE", False)

    with pytest.raises(UnsupportedType, match=f"save it as {newer}"):
        type_of(tmp_path, ole_file({stream: b"x"}), name="old")


def test_what_is_supported_depends_on_the_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sniff, "READS_OLD_OFFICE", False)
    monkeypatch.setattr(sniff, "READS_HEIF", False)

    assert "Word (DOCX), PowerPoint (PPTX), Excel" in sniff._supported()
    assert "HEIC" not in sniff._supported()


def test_an_archive_is_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedType, match="upload the files inside"):
        type_of(tmp_path, packed(tmp_path, "notes.txt"), name="notes.zip")


def test_what_a_document_embeds_does_not_name_it(tmp_path: Path) -> None:
    letter = {"WordDocument": b"x"}
    workbook = {"Workbook": b"x"}

    assert type_of(tmp_path, ole_file({**workbook, "MBD00": letter}), name="a.xls") == sniff.XLS
    assert type_of(tmp_path, ole_file({**letter, "ObjectPool": {"_1": workbook}}), name="a.doc") == sniff.DOC
    assert type_of(tmp_path, ole_file({"__substg1.0_001A001F": b"x", "__attach": letter}), name="a.msg") == sniff.MSG


PICTURE_HEADS = [
    (b"\x89PNG\r\n\x1a\n\0\0", sniff.PNG),
    (b"\xff\xd8\xff\xe0\0\x10JFIF", sniff.JPEG),
    (b"II*\0\x08\0\0\0", sniff.TIFF),
    (b"MM\0*\0\0\0\x08", sniff.TIFF),
    (b"RIFF\x10\0\0\0WEBPVP8 ", sniff.WEBP),
    (b"GIF89a\x01\0", sniff.GIF),
    (b"\0\0\0\x18ftypheic\0\0\0\0", sniff.HEIF),
    (b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0" + b"\0" * 40, sniff.BMP),
]


@pytest.mark.parametrize(
    ("head", "media_type"), PICTURE_HEADS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_picture_is_taken_where_its_text_can_be_recognised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: bytes, media_type: str
) -> None:
    assert type_of(tmp_path, head, name="a.pic") == media_type

    monkeypatch.setattr(sniff.ocr, "is_installed", lambda: False)
    with pytest.raises(UnsupportedType, match="picture"):
        type_of(tmp_path, head, name="a.pic")


def test_a_phone_s_picture_is_refused_where_its_library_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sniff, "READS_HEIF", False)

    with pytest.raises(UnsupportedType, match="HEIC picture, which is not supported"):
        type_of(tmp_path, b"\0\0\0\x18ftypheic\0\0\0\0", name="a.heic")


def test_text_that_begins_as_a_bitmap_does_is_text(tmp_path: Path) -> None:
    assert type_of(tmp_path, b"BMW sold more cars.", name="a.txt") == sniff.TEXT
