"""DOC and PPT, what Word and PowerPoint wrote before 2007, by office-oxide: headings, lists, tables, slides.

A slide is a page whose title is a heading; its notes follow its text. Running heads and comments are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from office_oxide import Document, OfficeOxideError

from ingest import sniff
from ingest.errors import CorruptSource, EncryptedSource, UnsupportedType
from ingest.types import ParsedDocument, Source

from .base import ParserContext
from .builder import DocumentBuilder
from .ole_title import declared_title
from .spans import MAX_SPAN, Cell, add_table
from .word_95 import holds_text, is_of_word_95, mended

Block = Mapping[str, Any]  # Any: a node of the library's JSON

_FORMATS: dict[str, Literal["doc", "ppt"]] = {sniff.DOC: "doc", sniff.PPT: "ppt"}
_NO_TEXT = {sniff.DOC: "The document holds no text.", sniff.PPT: "The slides hold no text."}
_PROTECTED = "The file is protected by a password; save a copy without it and upload that."
_MAX_DEPTH = 40


def parse(source: Source, context: ParserContext) -> ParsedDocument:
    builder = DocumentBuilder(max_chars=context.config.max_text_chars)
    found = _read(source)
    for number, section in enumerate(found["sections"], start=1):
        if source.media_type == sniff.PPT:
            builder.page(number, label=_slide_title(section))
        add_blocks(builder, section.get("elements") or ())
        add_blocks(builder, section.get("speaker_notes") or ())
        context.progress(number, len(found["sections"]))
    title = declared_title(source.path.read_bytes())
    title = title if len(title) > 2 else ""  # Word took a document's first letters for it
    return builder.build(media_type=source.media_type, title=title, no_text=_NO_TEXT[source.media_type])


def add_blocks(builder: DocumentBuilder, blocks: Iterable[Block], *, depth: int = 0) -> None:
    """Blocks of any kind, those inside text boxes and frames included."""
    for block in blocks if depth < _MAX_DEPTH else ():
        kind, content = block.get("type"), block.get("content") or ()
        if kind == "heading" and any(map(str.isalpha, _text(content))):  # it takes a bare number for one
            builder.heading(_text(content), level=int(block.get("level") or 1))
        elif kind in ("footnote", "endnote"):
            if block.get("marker") != "comment":
                builder.entry(" ".join(_cell_texts(content)), marker=f"[{int(block.get('id') or 0) + 1}]")
        elif kind in ("paragraph", "heading"):
            text = _text(content)
            builder.lines(text) if "\n" in text else builder.paragraph(text)
        elif kind == "list":
            _add_list(builder, block, depth=0)
        elif kind == "table":
            _add_table(builder, block, depth)
        else:
            add_blocks(builder, (inner for inner in content if isinstance(inner, dict)), depth=depth + 1)


def _read(source: Source) -> dict[str, Any]:  # Any: the library's JSON
    content = source.path.read_bytes()
    try:
        with Document.from_bytes(content, _FORMATS[source.media_type]) as document:
            found: dict[str, Any] = json.loads(document.to_ir_json())
    except OfficeOxideError as error:
        if "encrypt" in str(error).lower():
            raise EncryptedSource(_PROTECTED) from error
        raise CorruptSource("The document is damaged and cannot be read.") from error
    if source.media_type != sniff.DOC or not is_of_word_95(content):
        return found
    if not holds_text(found):
        raise UnsupportedType(
            "Word wrote this file before 1997, and it cannot be read; save it as DOCX and upload that."
        )
    return mended(found)


def _slide_title(slide: Block) -> str:
    headings = (block for block in slide.get("elements") or () if block.get("type") == "heading")
    return next((_text(block.get("content") or ()) for block in headings), "")


def _add_list(builder: DocumentBuilder, block: Block, *, depth: int) -> None:
    start = int(block.get("start") or 1)
    for number, item in enumerate(block.get("items") or (), start=start):
        text = " ".join(_text(inner.get("content") or ()) for inner in item.get("content") or ())
        builder.entry(text, marker=f"{number}." if block.get("ordered") else "-", depth=depth)
        if item.get("nested") and depth < _MAX_DEPTH:
            _add_list(builder, item["nested"], depth=depth + 1)


def _add_table(builder: DocumentBuilder, block: Block, depth: int) -> None:
    rows = [
        [
            Cell(
                " ".join(_cell_texts(cell.get("content") or ())),
                width=_span(cell.get("col_span")),
                height=_span(cell.get("row_span")),
            )
            for cell in row.get("cells") or ()
        ]
        for row in block.get("rows") or ()
    ]
    if max((sum(cell.width for cell in row) for row in rows), default=0) > 1:
        add_table(builder, rows, num_head_rows=0)
        return
    for row in block.get("rows") or ():  # a frame around text, not a table
        for cell in row.get("cells") or ():
            add_blocks(builder, cell.get("content") or (), depth=depth + 1)


def _span(given: object) -> int:
    return max(1, min(given, MAX_SPAN)) if isinstance(given, int) else 1


def _cell_texts(blocks: Iterable[Block], depth: int = 0) -> Iterator[str]:
    for block in blocks if depth < _MAX_DEPTH else ():
        if block.get("type") in ("heading", "paragraph"):
            yield _text(block.get("content") or ())
            continue
        for held in ("content", "items", "rows", "cells"):
            yield from _cell_texts((inner for inner in block.get(held) or () if isinstance(inner, dict)), depth + 1)


def _text(runs: Iterable[Block]) -> str:
    """What a paragraph's runs say; its line breaks as such."""
    return "".join("\n" if run.get("type") == "line_break" else str(run.get("text") or "") for run in runs)
