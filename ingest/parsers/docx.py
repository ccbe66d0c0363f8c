"""DOCX: paragraphs, headings, lists, tables, text boxes and footnotes, read as a stream of XML.

A stream keeps a large document within memory where a tree of objects would not.
Deleted text and running heads are left out; tracked insertions are text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from ingest.types import ParsedDocument, Source

from .archive import Archive, open_archive
from .base import ParserContext
from .builder import DocumentBuilder
from .office import declared_title, main_part
from .xmlsafe import outermost, parse_xml

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_PARAGRAPH, _TABLE, _BODY, _BOX = f"{_W}p", f"{_W}tbl", f"{_W}body", f"{_W}txbxContent"
_BLOCKS = frozenset({_PARAGRAPH, _TABLE})
_LEFT_OUT = frozenset({f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", _FALLBACK, f"{_W}pPr", f"{_W}rPr"})
_SPACES = {f"{_W}tab": " ", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_HEADING_NAME = re.compile(r"(?:heading|überschrift|titre|título|标题|見出し)\s*([1-9])", re.IGNORECASE)
_MAX_STYLES_DEPTH = 12


def parse(source: Source, context: ParserContext) -> ParsedDocument:
    builder = DocumentBuilder(max_chars=context.config.max_text_chars)
    with open_archive(source.path, max_bytes=context.config.max_unpacked_bytes) as archive:
        part = main_part(archive, usual="word/document.xml")
        folder = part.rpartition("/")[0]
        document = _Blocks(builder, styles=read_styles(archive, f"{folder}/styles.xml"))
        with archive.open(part) as stream:
            for element in outermost(stream, _BLOCKS, within=_BODY):
                document.add(element)
        _add_footnotes(builder, archive, f"{folder}/footnotes.xml")
        title = declared_title(archive)
    return builder.build(media_type=source.media_type, title=title, no_text="The document holds no text.")


@dataclass(frozen=True, slots=True)
class Styles:
    """Heading levels by style id, 0 for the document's title; and the styles of lists."""

    levels: dict[str, int]
    lists: frozenset[str]


def read_styles(archive: Archive, part: str) -> Styles:
    """The styles that mean something; a style inherits its level from the one it builds on."""
    if part not in archive:
        return Styles({}, frozenset())
    levels: dict[str, int] = {}
    parents: dict[str, str] = {}
    lists: set[str] = set()
    for style in parse_xml(archive.read(part)).iter(f"{_W}style"):
        style_id = style.get(f"{_W}styleId", "")
        name = _value(style.find(f"{_W}name")).lower()
        parents[style_id] = _value(style.find(f"{_W}basedOn"))
        outline = _value(style.find(f"{_W}pPr/{_W}outlineLvl"))
        if name == "title":
            levels[style_id] = 0
        elif found := _HEADING_NAME.match(name):
            levels[style_id] = int(found[1])
        elif outline.isdigit() and int(outline) < 9:
            levels[style_id] = int(outline) + 1
        elif _value(style.find(f"{_W}pPr/{_W}numPr/{_W}numId")) not in {"", "0"}:
            lists.add(style_id)
    for style_id in parents:
        ancestor = style_id
        for _ in range(_MAX_STYLES_DEPTH):
            if ancestor in levels:
                levels[style_id] = levels[ancestor]
                break
            ancestor = parents.get(ancestor, "")
    return Styles(levels, frozenset(lists))


class _Blocks:
    """Appends outermost paragraphs and tables to a builder."""

    def __init__(self, builder: DocumentBuilder, *, styles: Styles) -> None:
        self._builder = builder
        self._styles = styles

    def add(self, element: etree._Element) -> None:
        if element.tag == _TABLE:
            self._table(element)
        else:
            self._paragraph(element)

    def _paragraph(self, element: etree._Element) -> None:
        text = paragraph_text(element)
        properties = element.find(f"{_W}pPr")
        level = self._level(properties)
        if level is not None:
            self._builder.heading(text, level=level)
        elif properties is not None and self._is_list(properties):
            depth = _value(properties.find(f"{_W}numPr/{_W}ilvl"))
            self._builder.entry(text, depth=int(depth) if depth.isdigit() else 0)
        elif "\n" in text:
            self._builder.lines(text)
        else:
            self._builder.paragraph(text)
        for box in _boxes(element):
            for block in box:
                if block.tag in _BLOCKS:
                    self.add(block)

    def _level(self, properties: etree._Element | None) -> int | None:
        if properties is None:
            return None
        outline = _value(properties.find(f"{_W}outlineLvl"))
        if outline.isdigit() and int(outline) < 9:
            return int(outline) + 1
        return self._styles.levels.get(_value(properties.find(f"{_W}pStyle")))

    def _is_list(self, properties: etree._Element) -> bool:
        numbering = properties.find(f"{_W}numPr/{_W}numId")
        if numbering is not None:
            return _value(numbering) != "0"
        return _value(properties.find(f"{_W}pStyle")) in self._styles.lists

    def _table(self, element: etree._Element) -> None:
        rows: list[list[str]] = []
        for row in element.findall(f"{_W}tr"):
            rows.append(_row(row, above=rows[-1] if rows else []))
        if max((len(row) for row in rows), default=0) > 1:
            self._builder.table(rows)
            return
        for cell in element.iterfind(f"{_W}tr/{_W}tc"):  # a frame around text, not a table
            for block in cell:
                if block.tag in _BLOCKS:
                    self.add(block)


def paragraph_text(paragraph: etree._Element) -> str:
    """The paragraph's own text, without that of text boxes anchored in it."""
    return "".join(_pieces(paragraph))


def _pieces(element: etree._Element) -> Iterator[str]:
    for child in element:
        if child.tag in (f"{_W}t", _MATH_TEXT):
            yield child.text or ""
        elif child.tag in _SPACES:
            yield _SPACES[str(child.tag)]
        elif child.tag not in _LEFT_OUT and child.tag != _BOX:
            yield from _pieces(child)


def _boxes(element: etree._Element) -> Iterator[etree._Element]:
    for child in element:
        if child.tag == _BOX:
            yield child
        elif child.tag not in _LEFT_OUT:
            yield from _boxes(child)


def _row(row: etree._Element, *, above: list[str]) -> list[str]:
    """A row's cells; one that spans columns is followed by empty ones, one that spans rows repeats."""
    cells: list[str] = []
    for cell in row.iter(f"{_W}tc"):
        if cell.getparent() is not row and _enclosing_row(cell) is not row:
            continue
        merge = cell.find(f"{_W}tcPr/{_W}vMerge")
        if merge is not None and _value(merge) != "restart" and len(cells) < len(above):
            text = above[len(cells)]
        else:
            text = " ".join(paragraph_text(paragraph) for paragraph in cell.iter(_PARAGRAPH))
        span = _value(cell.find(f"{_W}tcPr/{_W}gridSpan"))
        cells.extend([text, *[""] * (min(int(span), 64) - 1 if span.isdigit() else 0)])
    return cells


def _enclosing_row(cell: etree._Element) -> etree._Element | None:
    """The row of a cell, also through a content control around it."""
    return next(cell.iterancestors(f"{_W}tr"), None)


def _add_footnotes(builder: DocumentBuilder, archive: Archive, part: str) -> None:
    if part not in archive:
        return
    with archive.open(part) as stream:
        for note in outermost(stream, frozenset({f"{_W}footnote"})):
            if note.get(f"{_W}type") is None:
                text = " ".join(paragraph_text(paragraph) for paragraph in note.iter(_PARAGRAPH))
                builder.entry(text, marker=f"[{note.get(f'{_W}id', '')}]")


def _value(element: etree._Element | None) -> str:
    return "" if element is None else element.get(f"{_W}val", "")
