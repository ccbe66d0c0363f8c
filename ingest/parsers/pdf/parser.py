"""PDF: text with its pages, headings and tables, by PDFium; by pypdf where PDFium cannot open the file.

A page that shows something and holds no text is a picture; what was recognised there
stands in for its text. Other pages without text are named in a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import PurePath
from typing import Any

import pypdfium2

from ingest.errors import CorruptSource, EncryptedSource, SourceTooLarge
from ingest.parsers.base import ParserContext
from ingest.parsers.builder import DocumentBuilder
from ingest.parsers.printed.line import Line
from ingest.parsers.printed.line_numbers import without_line_numbers
from ingest.parsers.printed.order import with_masthead_first
from ingest.parsers.printed.reading import add_pages, warn_of_empty, warn_of_recognized
from ingest.parsers.printed.recognized import beside
from ingest.parsers.printed.running import PageLines
from ingest.types import ParsedDocument, Source

from .lines import is_picture, page_heights, page_lines

MEDIA_TYPE = "application/pdf"
MAX_PAGES = 20_000
_EMPTY = "The PDF holds no text."
_LOCKED = "The PDF is protected by a password; save a copy without it and upload that."
_BROKEN = "The PDF is damaged and cannot be opened."


def parse(source: Source, context: ParserContext) -> ParsedDocument:
    try:
        document = pypdfium2.PdfDocument(source.path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise EncryptedSource(_LOCKED) from error
        from .fallback import parse_with_pypdf

        return parse_with_pypdf(source, context)
    with closing(document):
        return _Reading(document, source.name, context).document()


def _read_lines(textpage: Any) -> list[Line]:  # Any: pypdfium2 has no types
    return with_masthead_first(without_line_numbers(page_lines(textpage)))


class _Reading:
    """One document being read."""

    def __init__(self, document: pypdfium2.PdfDocument, name: str, context: ParserContext) -> None:
        self._document = document
        self._name = name
        self._context = context
        self._builder = DocumentBuilder(max_chars=context.config.max_text_chars)
        self._pictures: list[int] = []
        self._damaged: set[int] = set()

    def document(self) -> ParsedDocument:
        num_pages = len(self._document)
        if not num_pages:
            raise CorruptSource(_BROKEN)
        if num_pages > MAX_PAGES:
            raise SourceTooLarge(f"The PDF has {num_pages:,} pages; the limit is {MAX_PAGES:,}.")
        pages = [*self._pages(num_pages)]
        heading = add_pages(self._builder, pages)
        warn_of_empty(self._builder, pages, but=frozenset(self._damaged))
        warn_of_recognized(self._builder, [number for number, lines in self._context.recognized.items() if lines])
        return self._builder.build(
            media_type=MEDIA_TYPE,
            title=self._title(heading),
            heading_is_title=False,
            no_text=_EMPTY,
            pictures=self._pictures,
        )

    def _pages(self, num_pages: int) -> Iterator[PageLines]:
        num_chars, max_chars = 0, self._context.config.max_text_chars
        for index in range(num_pages):
            page = self._page(index)
            num_chars += sum(len(line.text) for line in page.lines)
            if num_chars > max_chars:
                raise SourceTooLarge(f"The PDF holds more than {max_chars:,} characters of text; that is the limit.")
            yield page
            self._context.progress(index + 1, num_pages)

    def _page(self, index: int) -> PageLines:
        """A page PDFium cannot load is empty, and named in a warning; the others still count."""
        try:
            page = self._document[index]
        except pypdfium2.PdfiumError:
            self._damaged.add(index + 1)
            self._builder.warn(f"Page {index + 1} is damaged and could not be read.")
            return PageLines(lines=[])
        with closing(page):
            try:
                textpage = page.get_textpage()
            except pypdfium2.PdfiumError:
                return PageLines(lines=[])
            with closing(textpage):
                bottom, top = page_heights(page, lines := _read_lines(textpage))
                if is_picture(page, lines):
                    self._pictures.append(index + 1)
                if recognized := self._context.recognized.get(index + 1):
                    # What was recognised has its place on the page as it is shown, which may be turned or cut.
                    is_plain = not page.get_rotation() and page.get_bbox()[:2] == (0, 0)
                    lines = beside([line for line in lines if is_plain and not line.turns], recognized)
                    bottom, top = 0.0, page.get_height()
                return PageLines(lines=lines, bottom=bottom, top=top)

    def _title(self, heading: str) -> str:
        """The declared title, unless a program left it there; then the heading on top of the first page."""
        stem = PurePath(self._name).stem.lower()
        try:
            declared: str = self._document.get_metadata_value("Title").strip()
        except (pypdfium2.PdfiumError, UnicodeDecodeError):
            return heading
        lowered = declared.lower()
        leftover = (
            lowered == stem
            or lowered.startswith(("microsoft ", "untitled", "(anonymous", "powerpoint pres", "document"))
            or lowered.endswith(
                (
                    ".doc",
                    ".docx",
                    ".pdf",
                    ".dvi",
                    ".tex",
                    ".indd",
                    ".qxd",
                    ".xls",
                    ".xlsx",
                    ".rtf",
                    ".fm",
                    ".ppt",
                    ".pptx",
                    ".exe",
                    ".qxp",
                )
            )
        )
        return heading if leftover or not any(map(str.isalpha, declared)) else declared
