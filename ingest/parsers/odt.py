"""ODT: headings, paragraphs, lists and tables, read as a stream of XML."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ingest.types import ParsedDocument, Source

from .archive import Archive, open_archive
from .base import ParserContext
from .builder import DocumentBuilder
from .xmlsafe import outermost, parse_xml

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE_NS = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_HEADING, _PARAGRAPH, _LIST, _TABLE = f"{_TEXT}h", f"{_TEXT}p", f"{_TEXT}list", f"{_TABLE_NS}table"
_BLOCKS = frozenset({_HEADING, _PARAGRAPH, _LIST, _TABLE})
_LEFT_OUT = frozenset({f"{_TEXT}tracked-changes", f"{_TEXT}note-citation", f"{_OFFICE}annotation"})
_SPACES = {f"{_TEXT}s": " ", f"{_TEXT}tab": " ", f"{_TEXT}line-break": "\n"}
_MAX_REPEATED = 64


def parse(source: Source, context: ParserContext) -> ParsedDocument:
    builder = DocumentBuilder(max_chars=context.config.max_text_chars)
    with open_archive(source.path, max_bytes=context.config.max_unpacked_bytes) as archive:
        with archive.open("content.xml") as stream:
            for element in outermost(stream, _BLOCKS, within=f"{_OFFICE}text"):
                _add(builder, element)
        title = _declared_title(archive)
    return builder.build(media_type=source.media_type, title=title, no_text="The document holds no text.")


def _declared_title(archive: Archive) -> str:
    if "meta.xml" not in archive:
        return ""
    title = next(parse_xml(archive.read("meta.xml")).iter(_TITLE), None)
    return "" if title is None else title.text or ""


def _add(builder: DocumentBuilder, element: etree._Element) -> None:
    if next(element.iterancestors(f"{_TEXT}tracked-changes"), None) is not None:
        return
    if element.tag == _HEADING:
        level = element.get(f"{_TEXT}outline-level", "1")
        builder.heading(_text(element), level=int(level) if level.isdigit() else 1)
    elif element.tag == _LIST:
        _add_list(builder, element, depth=0)
    elif element.tag == _TABLE:
        builder.table(_row(row) for row in element.iter(f"{_TABLE_NS}table-row"))
    else:
        builder.lines(_text(element))


def _add_list(builder: DocumentBuilder, element: etree._Element, *, depth: int) -> None:
    for entry in element:
        for block in entry:
            if block.tag == _LIST:
                _add_list(builder, block, depth=depth + 1)
            elif block.tag in (_PARAGRAPH, _HEADING):
                builder.entry(_text(block), depth=depth)


def _row(row: etree._Element) -> list[str]:
    cells: list[str] = []
    for cell in row:
        repeated = cell.get(f"{_TABLE_NS}number-columns-repeated", "1")
        text = " ".join(_text(block) for block in cell.iter(_PARAGRAPH, _HEADING))
        cells.extend([text] * (min(int(repeated), _MAX_REPEATED) if repeated.isdigit() else 1))
    return cells


def _text(element: etree._Element) -> str:
    return "".join(_pieces(element))


def _pieces(element: etree._Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag in _SPACES:
            yield _SPACES[str(child.tag)]
        elif isinstance(child.tag, str) and child.tag not in _LEFT_OUT:
            yield from _pieces(child)
        yield child.tail or ""
