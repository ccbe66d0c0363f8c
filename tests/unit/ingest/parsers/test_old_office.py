"""DOC and PPT: files made byte by byte, the library's blocks of every kind, and damaged files in the child process."""

from __future__ import annotations

import random
import struct
import time
from contextlib import suppress
from pathlib import Path

import pytest

from ingest import sniff
from ingest.config import IngestConfig
from ingest.errors import CorruptSource, EncryptedSource, IngestError, UnsupportedType
from ingest.parsers.base import ParserContext
from ingest.parsers.builder import DocumentBuilder
from ingest.parsers.sandbox import parse_in_child
from ingest.types import ParsedDocument, Source
from tests.old_files import doc_file, ppt_file, summary, word_95_file

pytest.importorskip("office_oxide", reason="there is no build of office-oxide for this machine")

from ingest.parsers.old_office import Block, add_blocks, parse


def source(content: bytes, tmp_path: Path, *, media_type: str = sniff.DOC) -> Source:
    path = tmp_path / "old"
    path.write_bytes(content)
    assert sniff.sniff(path, name="old") == media_type
    return Source(path=path, name="old", media_type=media_type)


def parsed(content: bytes, tmp_path: Path, *, media_type: str = sniff.DOC) -> ParsedDocument:
    return parse(source(content, tmp_path, media_type=media_type), ParserContext(config=IngestConfig()))


def said(*blocks: Block) -> str:
    builder = DocumentBuilder(max_chars=10_000)
    add_blocks(builder, blocks)
    return builder.build(media_type=sniff.DOC).text


def paragraph(*texts: str) -> Block:
    return {"type": "paragraph", "content": [{"type": "text", "text": text} for text in texts]}


def cell(text: str, **more: int) -> Block:
    return {"content": [paragraph(text)], **more}


def test_a_document_s_paragraphs_are_read_in_any_script(tmp_path: Path) -> None:
    assert parsed(doc_file("The bell", "灯塔建于1887年。"), tmp_path).text == "The bell\n\n灯塔建于1887年。"


def test_a_slide_is_a_page_with_its_title(tmp_path: Path) -> None:
    document = parsed(ppt_file(("The bell", ["At noon"]), ("", ["No title"])), tmp_path, media_type=sniff.PPT)

    assert [(page.number, page.label) for page in document.pages] == [(1, "The bell"), (2, "")]
    assert document.text[document.pages[1].start :] == "No title"


def test_blocks_come_as_those_of_newer_files(tmp_path: Path) -> None:
    step = {"content": [paragraph("Wind it.")]}
    text = said(
        {"type": "heading", "level": 2, "content": [{"type": "text", "text": "Care"}]},
        paragraph("Oil ", "it."),
        {"type": "paragraph", "content": [{"text": "Quay 1"}, {"type": "line_break"}, {"text": "Bergen"}]},
        {
            "type": "list",
            "ordered": True,
            "items": [{"content": [paragraph("Fill it.")], "nested": {"ordered": False, "items": [step]}}, step],
        },
        {"type": "text_box", "content": [paragraph("In a box.")]},
        {"type": "image", "alt_text": "a lamp"},
    )

    assert text == "Care\n\nOil it.\n\nQuay 1\nBergen\n\n1. Fill it.\n  - Wind it.\n2. Wind it.\n\nIn a box."


def test_notes_stand_at_the_end_and_comments_are_left_out() -> None:
    text = said(
        paragraph("The lamp."),
        {"type": "footnote", "id": 0, "marker": "footnote", "content": [paragraph("Of 1887."), paragraph("Or so.")]},
        {"type": "endnote", "id": 1, "marker": "comment", "content": [paragraph("Is it?")]},
        {"type": "endnote", "id": 2, "marker": "endnote", "content": [paragraph("By Ada.")]},
    )

    assert text == "The lamp.\n\n[1] Of 1887. Or so.\n[3] By Ada."


def test_a_bare_number_is_no_heading(tmp_path: Path) -> None:
    document = parsed(doc_file("The bell", "It weighs, in kilograms:", "(1) 2,500", "THE LAMP", "At dusk."), tmp_path)

    assert [section.path[-1] for section in document.sections] == ["The bell", "THE LAMP"]


def test_a_table_has_its_merged_cells_and_a_frame_is_none(tmp_path: Path) -> None:
    rows = [[cell("Ship"), cell("Port"), cell("Cargo")], [cell("Aurora"), cell("Bergen", col_span=1), cell("salt")]]
    table = {"type": "table", "rows": [{"cells": row} for row in rows]}
    frame = {"type": "table", "rows": [{"cells": [cell("Only a frame.")]}]}

    assert said(table, frame) == "Ship | Port | Cargo\nShip: Aurora | Port: Bergen | Cargo: salt\n\nOnly a frame."


def test_blocks_in_blocks_without_end_are_left_out() -> None:
    block: Block = paragraph("Deep down.")
    for _ in range(500):
        block = {"type": "text_box", "content": [block]}

    assert said(paragraph("Above."), block) == "Above."


@pytest.mark.parametrize(
    ("content", "media_type"), [(doc_file("x", protected=True), sniff.DOC), (ppt_file(("x", [])), sniff.PPT)]
)
def test_a_protected_file_is_said_to_be_one(content: bytes, media_type: str, tmp_path: Path) -> None:
    protected = content.replace(struct.pack("<I", 0xE391C05F), struct.pack("<I", 0xF3D1C4DF))  # a PPT's mark

    with pytest.raises(EncryptedSource, match="password"):
        parsed(protected, tmp_path, media_type=media_type)


@pytest.mark.parametrize(
    ("title", "code_page", "encoding"),
    [
        ("Lighthouse keeper’s guide", 1252, "cp1252"),
        ("Маяк и колокол", 1251, "cp1251"),
        ("灯塔守则", 936, "gbk"),
        ("灯塔 · Leuchtturm", 65001, "utf-8"),
    ],
)
def test_a_declared_title_is_read_by_its_code_page(title: str, code_page: int, encoding: str, tmp_path: Path) -> None:
    content = doc_file("The bell", "At noon.", **summary(title.encode(encoding), code_page=code_page))

    assert parsed(content, tmp_path).title == title


def test_a_title_in_two_bytes_a_letter_is_read(tmp_path: Path) -> None:
    title = "灯塔守则\0".encode("utf-16-le")

    assert parsed(doc_file("x", **summary(title, code_page=1200, kind=31, length=5)), tmp_path).title == "灯塔守则"


def test_a_title_that_claims_to_be_millions_of_values_is_passed_over_at_once(tmp_path: Path) -> None:
    hostile = summary(b"x", code_page=1252, kind=0x101E, length=1 << 28)
    began = time.monotonic()

    assert parsed(doc_file("The bell", "At noon.", **hostile), tmp_path).title == "The bell"
    assert time.monotonic() - began < 2.0


def test_without_a_declared_title_it_is_the_first_heading(tmp_path: Path) -> None:
    assert parsed(doc_file("The bell", "At noon."), tmp_path).title == "The bell"


@pytest.mark.parametrize(
    ("said", "encoding"),
    [
        ("The bell is rung at noon in the café – “daily”.", "cp1252"),
        ("Колокол звонит в полдень, и корабль уходит в Берген.", "cp1251"),
        ("灯塔建于一八八七年，它的灯光在二十海里外可见。", "gbk"),
    ],
)
def test_a_file_of_word_95_is_read_by_the_code_page_that_makes_sense(said: str, encoding: str, tmp_path: Path) -> None:
    assert parsed(word_95_file(said, said, encoding=encoding), tmp_path).text == f"{said}\n\n{said}"


def test_an_older_file_that_gives_no_text_is_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedType, match="before 1997"):
        parsed(word_95_file(), tmp_path)


def test_what_holds_no_document_is_said_to_be_damaged(tmp_path: Path) -> None:
    path = tmp_path / "old"
    path.write_bytes(doc_file("The bell")[:1_600])
    with pytest.raises(CorruptSource, match="damaged"):
        parse(Source(path=path, name="old", media_type=sniff.DOC), ParserContext(config=IngestConfig()))


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_file_ends_in_a_document_or_a_sentence(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    media_type, whole = [
        (sniff.DOC, doc_file(*["The bell is rung at noon."] * 200)),
        (sniff.PPT, ppt_file(*[("The bell", ["At noon."] * 30)] * 20)),
    ][seed % 2]
    broken = bytearray(whole)
    for _ in range(40):
        broken[chance.randrange(8, len(broken))] = chance.randrange(256)
    path = tmp_path / "old"
    path.write_bytes(bytes(broken))

    with suppress(IngestError):
        parse_in_child(Source(path=path, name="old", media_type=media_type), IngestConfig())
