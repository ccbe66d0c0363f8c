"""PDF: text with its pages, headings and tables, by PDFium; by pypdf where PDFium cannot open the file.

Lines become blocks page by page; a paragraph that a page break interrupts is
joined again, and the page begins inside it. A page without text is named in a
warning, a file without any is a scan.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pypdfium2

from ingest.errors import CorruptSource, EncryptedSource, SourceTooLarge
from ingest.types import ParsedDocument, Source

from .base import ParserContext
from .builder import DocumentBuilder
from .line_numbers import without_line_numbers
from .pdf_heads import continued
from .pdf_layout import Block, Layout, continues_paragraph
from .pdf_lines import Line, has_picture, page_heights, page_lines
from .pdf_order import with_masthead_first
from .pdf_title import heading_on_top
from .running import PageLines, without_running_lines

MEDIA_TYPE = "application/pdf"
MAX_PAGES = 20_000
_SCAN = "The PDF holds no text layer; it looks like a scan. Recognise its text (OCR) first and upload that."
_EMPTY = "The PDF holds no text."
_LOCKED = "The PDF is protected by a password; save a copy without it and upload that."
_BROKEN = "The PDF is damaged and cannot be opened."


def parse(source: Source, context: ParserContext) -> ParsedDocument:
    try:
        document = pypdfium2.PdfDocument(source.path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise EncryptedSource(_LOCKED) from error
        from .pdf_fallback import parse_with_pypdf

        return parse_with_pypdf(source, context)
    with closing(document):
        return _Reading(document, context).document()


def _read_lines(textpage: Any) -> list[Line]:  # Any: pypdfium2 has no types
    return with_masthead_first(without_line_numbers(page_lines(textpage)))


class _Reading:
    """One document being read."""

    def __init__(self, document: pypdfium2.PdfDocument, context: ParserContext) -> None:
        self._document = document
        self._context = context
        self._builder = DocumentBuilder(max_chars=context.config.max_text_chars)
        self._heading_on_top: str | None = None
        self._num_pictures = 0
        self._damaged: set[int] = set()

    def document(self) -> ParsedDocument:
        num_pages = len(self._document)
        if not num_pages:
            raise CorruptSource(_BROKEN)
        if num_pages > MAX_PAGES:
            raise SourceTooLarge(f"The PDF has {num_pages:,} pages; the limit is {MAX_PAGES:,}.")
        pages = without_running_lines([*self._pages(num_pages)])
        layout = Layout.of(pages)
        last: Block | None = None
        for number, lines in enumerate(pages, start=1):
            self._builder.page(number)
            blocks = [*layout.blocks(lines)]
            if blocks and self._heading_on_top is None:
                self._heading_on_top = heading_on_top(blocks)
            for position, block in enumerate(blocks):
                if not position and last and last.rows and block.rows:
                    block = replace(block, rows=continued(last.rows, block.rows))
                if not position and last and continues_paragraph(last, block):
                    self._builder.continued(block.text, join=layout.words.join_line)
                else:
                    self._add(block)
                last = block
        self._warn_of_empty(pages)
        return self._builder.build(
            media_type=MEDIA_TYPE,
            title=self._title(),
            heading_is_title=False,
            no_text=_SCAN if self._num_pictures else _EMPTY,
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
                self._num_pictures += not lines and has_picture(page)
                return PageLines(lines=lines, bottom=bottom, top=top)

    def _add(self, block: Block) -> None:
        if block.level:
            self._builder.heading(block.text, level=block.level)
        elif block.rows:
            self._builder.table(block.rows.cells, names=block.rows.names)
        elif block.is_verbatim:
            self._builder.lines(block.text)
        else:
            self._builder.paragraph(block.text)

    def _warn_of_empty(self, pages: list[list[Line]]) -> None:
        empty = [number for number, lines in enumerate(pages, start=1) if not lines and number not in self._damaged]
        if empty and len(empty) < len(pages):
            named = ", ".join(str(number) for number in empty[:10]) + (" and others" if len(empty) > 10 else "")
            self._builder.warn(f"No text on page{'s' if len(empty) > 1 else ''} {named}: empty, or a picture.")

    def _title(self) -> str:
        """The declared title, unless a program left it there; then the heading on top of the first page."""
        heading = self._heading_on_top or ""
        try:
            declared: str = self._document.get_metadata_value("Title").strip()
        except (pypdfium2.PdfiumError, UnicodeDecodeError):
            return heading
        lowered = declared.lower()
        leftover = lowered.startswith(
            ("microsoft ", "untitled", "(anonymous", "powerpoint pres", "document")
        ) or lowered.endswith(
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
        return heading if leftover or not any(map(str.isalpha, declared)) else declared
