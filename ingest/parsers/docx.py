"""DOCX: paragraphs, headings, lists, tables, text boxes and footnotes, read as a stream of XML.

A stream keeps a large document within memory where a tree of objects would not.
Deleted text and running heads are left out; tracked insertions are text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import takewhile

from lxml import etree

from ingest.types import ParsedDocument, Source

from .archive import Archive, open_archive
from .base import ParserContext
from .builder import DocumentBuilder
from .docx_numbering import Numbering, read_numbering
from .docx_styles import Styles, read_styles, value
from .office import Relation, declared_title, main_part, relations
from .placed_pictures import Pictures
from .spans import Cell, add_table, span
from .xmlsafe import outermost

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_PARAGRAPH, _TABLE, _BODY, _BOX = f"{_W}p", f"{_W}tbl", f"{_W}body", f"{_W}txbxContent"
_BLOCKS = frozenset({_PARAGRAPH, _TABLE})
_LEFT_OUT = frozenset({f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", _FALLBACK, f"{_W}pPr", f"{_W}rPr"})
_SPACES = {f"{_W}tab": " ", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}


def parse(source: Source, context: ParserContext) -> ParsedDocument:
    builder = DocumentBuilder(max_chars=context.config.max_text_chars)
    pictures = Pictures(builder, source, context)
    with open_archive(source.path, max_bytes=context.config.max_unpacked_bytes) as archive:
        part = main_part(archive, usual="word/document.xml")
        folder = part.rpartition("/")[0]
        document = _Blocks(
            builder,
            styles=read_styles(archive, f"{folder}/styles.xml"),
            numbering=read_numbering(archive, f"{folder}/numbering.xml"),
            pictures=pictures,
            relations=relations(archive, part) if pictures.numbers else {},
        )
        with archive.open(part) as stream:
            for element in outermost(stream, _BLOCKS, within=_BODY):
                document.add(element)
        _add_footnotes(builder, archive, f"{folder}/footnotes.xml")
        title = declared_title(archive)
    pictures.warn()
    return builder.build(
        media_type=source.media_type, title=title, no_text="The document holds no text.", pictures=pictures.numbers
    )


class _Blocks:
    """Appends outermost paragraphs and tables to a builder."""

    def __init__(
        self,
        builder: DocumentBuilder,
        *,
        styles: Styles,
        numbering: Numbering,
        pictures: Pictures,
        relations: Mapping[str, Relation],
    ) -> None:
        self._builder = builder
        self._styles = styles
        self._numbering = numbering
        self._pictures = pictures
        self._relations = relations

    def add(self, element: etree._Element) -> None:
        if element.tag == _TABLE:
            self._table(element)
        else:
            self._paragraph(element)
        self._pictures.add(element, self._relations)  # below the block that holds them

    def _paragraph(self, element: etree._Element) -> None:
        text = paragraph_text(element)
        properties = element.find(f"{_W}pPr")
        level = self._level(properties)
        if level is not None:
            self._builder.heading(text, level=level)
        elif properties is not None and (list_id := self._list(properties)) and text.strip():
            given = value(properties.find(f"{_W}numPr/{_W}ilvl"))
            depth = min(int(given), 8) if given.isascii() and given.isdigit() else 0
            self._builder.entry(text, marker=self._numbering.marker(list_id, depth=depth), depth=depth)
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
        outline = value(properties.find(f"{_W}outlineLvl"))
        if outline.isdigit() and int(outline) < 9:
            return int(outline) + 1
        return self._styles.levels.get(value(properties.find(f"{_W}pStyle")))

    def _list(self, properties: etree._Element) -> str:
        """The list that the paragraph is an entry of, "" for none."""
        numbering = properties.find(f"{_W}numPr/{_W}numId")
        if numbering is None:
            return self._styles.lists.get(value(properties.find(f"{_W}pStyle")), "")
        return value(numbering) if value(numbering) != "0" else ""

    def _table(self, element: etree._Element) -> None:
        rows: list[list[Cell]] = []
        for row in element.findall(f"{_W}tr"):
            rows.append(_row(row, above=rows[-1] if rows else []))
        if max((sum(cell.width for cell in row) for row in rows), default=0) > 1:
            head = sum(1 for _ in takewhile(_is_head, element.findall(f"{_W}tr")))
            add_table(self._builder, rows, num_head_rows=head)
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


def _row(row: etree._Element, *, above: list[Cell]) -> list[Cell]:
    """A row's cells; one that goes on from the row above repeats what stands there at its column."""
    cells: list[Cell] = []
    for cell in row.iter(f"{_W}tc"):
        if cell.getparent() is not row and _enclosing_row(cell) is not row:
            continue
        merge = cell.find(f"{_W}tcPr/{_W}vMerge")
        covered = None
        if merge is not None and value(merge) != "restart":
            covered = _at(above, column=sum(before.width for before in cells))
        text = covered.text if covered else " ".join(paragraph_text(paragraph) for paragraph in cell.iter(_PARAGRAPH))
        cells.append(Cell(text, width=span(value(cell.find(f"{_W}tcPr/{_W}gridSpan")))))
    return cells


def _at(row: list[Cell], *, column: int) -> Cell | None:
    for cell in row:
        if column < cell.width:
            return cell
        column -= cell.width
    return None


def _is_head(row: etree._Element) -> bool:
    """Whether the row is one of those that Word repeats on each page."""
    mark = row.find(f"{_W}trPr/{_W}tblHeader")
    return mark is not None and value(mark) not in {"0", "false", "off"}


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
