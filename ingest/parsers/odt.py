"""ODT: headings, paragraphs, lists, tables and footnotes, read as a stream of XML."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from lxml import etree

from ingest.errors import EncryptedSource
from ingest.types import ParsedDocument, Source

from .archive import Archive, open_archive
from .base import ParserContext
from .builder import DocumentBuilder
from .odt_styles import Styles, number, read_styles
from .spans import Cell, add_table, span
from .xmlsafe import outermost, parse_xml

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE_NS = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_HEADING, _PARAGRAPH, _LIST, _TABLE = f"{_TEXT}h", f"{_TEXT}p", f"{_TEXT}list", f"{_TABLE_NS}table"
BLOCKS = frozenset({_HEADING, _PARAGRAPH, _LIST, _TABLE})
LEFT_OUT = frozenset({f"{_TEXT}tracked-changes", f"{_TEXT}note", f"{_OFFICE}annotation"})
_SPACES = {f"{_TEXT}s": " ", f"{_TEXT}tab": " ", f"{_TEXT}line-break": "\n"}
_COUNTS = ("columns-spanned", "rows-spanned", "columns-repeated")


def parse(source: Source, context: ParserContext) -> ParsedDocument:
    builder = DocumentBuilder(max_chars=context.config.max_text_chars)
    with open_archive(source.path, max_bytes=context.config.max_unpacked_bytes) as archive:
        refuse_protected(archive)
        document = Blocks(builder, styles=read_styles(archive))
        with archive.open("content.xml") as stream:
            for element in outermost(stream, BLOCKS, within=f"{_OFFICE}text"):
                document.add(element)
        document.add_notes()
        title = declared_title(archive)
    return builder.build(media_type=source.media_type, title=title, no_text="The document holds no text.")


def refuse_protected(archive: Archive) -> None:
    if "META-INF/manifest.xml" in archive and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise EncryptedSource("The file is protected by a password; save a copy without it and upload that.")


def declared_title(archive: Archive) -> str:
    if "meta.xml" not in archive:
        return ""
    title = next(parse_xml(archive.read("meta.xml")).iter(_TITLE), None)
    return "" if title is None else title.text or ""


class Blocks:
    """Appends outermost blocks to a builder; footnotes wait until the end."""

    def __init__(self, builder: DocumentBuilder, *, styles: Styles) -> None:
        self._builder = builder
        self._styles = styles
        self._numbers: dict[tuple[str, int], int] = {}  # by list style and depth, what would follow
        self._notes: list[tuple[str, str]] = []

    def add(self, element: etree._Element) -> None:
        if next(element.iterancestors(f"{_TEXT}tracked-changes"), None) is not None:
            return
        if element.tag == _HEADING:
            level = element.get(f"{_TEXT}outline-level", "1")
            self._builder.heading(text_of(element), level=int(level) if level.isdigit() else 1)
        elif element.tag == _LIST:
            self._list(element, style="", depth=0)
        elif element.tag == _TABLE:
            self._table(element)
        elif self._styles.is_title(element.get(f"{_TEXT}style-name", "")):
            self._builder.heading(text_of(element), level=0)
        else:
            self._builder.lines(text_of(element))
        for note in element.iter(f"{_TEXT}note"):
            mark = "".join(text_of(citation) for citation in note.iterfind(f"{_TEXT}note-citation"))
            self._notes.append((mark, " ".join(text_of(block) for block in note.iter(_PARAGRAPH))))

    def add_notes(self) -> None:
        for mark, text in self._notes:
            self._builder.entry(text, marker=f"[{mark.strip()}]")

    def _list(self, element: etree._Element, *, style: str, depth: int) -> None:
        style = element.get(f"{_TEXT}style-name") or style
        goes_on = element.get(f"{_TEXT}continue-numbering") == "true" or f"{_TEXT}continue-list" in element.attrib
        following = self._numbers.get((style, depth), 0) if goes_on else 0
        following = following or self._styles.first_number(style, depth=depth)
        for entry in element:
            following = number(entry, "start-value", otherwise=following)
            marker = self._styles.marker(style, following, depth=depth)
            if self._entry(entry, marker=marker, style=style, depth=depth):
                following += 1
        self._numbers[style, depth] = following

    def _entry(self, entry: etree._Element, *, marker: str, style: str, depth: int) -> bool:
        """Append an entry; whether it has words of its own, not only a list's inside it."""
        markers = iter([marker])
        for block in entry:
            if block.tag == _LIST:
                self._list(block, style=style, depth=depth + 1)
            elif block.tag in (_PARAGRAPH, _HEADING):
                self._builder.entry(text_of(block), marker=next(markers, "-"), depth=depth)
        return next(markers, "") == ""

    def _table(self, element: etree._Element) -> None:
        rows = [*element.iter(f"{_TABLE_NS}table-row")]
        head = sum(1 for _ in takewhile(_is_head, rows))
        add_table(self._builder, [[*_cells(row)] for row in rows], num_head_rows=head)


def _cells(row: etree._Element) -> Iterator[Cell]:
    """The row's cells; those that a wider or higher one covers are left to it."""
    for cell in row:
        if cell.tag == f"{_TABLE_NS}table-cell":
            given = {name: span(cell.get(f"{_TABLE_NS}number-{name}")) for name in _COUNTS}
            one = Cell(text_of(cell), width=given["columns-spanned"], height=given["rows-spanned"])
            yield from [one] * given["columns-repeated"]


def _is_head(row: etree._Element) -> bool:
    parent = row.getparent()
    return parent is not None and parent.tag == f"{_TABLE_NS}table-header-rows"


def text_of(element: etree._Element) -> str:
    return "".join(_pieces(element))


def _pieces(element: etree._Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag in _SPACES:
            yield _SPACES[str(child.tag)]
        elif isinstance(child.tag, str) and child.tag not in LEFT_OUT:
            around = "\n" if child.tag in BLOCKS else ""  # within a cell, a frame
            yield around
            yield from _pieces(child)
            yield around
        yield child.tail or ""
