"""Pages of lines → blocks of a document: what runs over the pages is left out, what a page break parts is joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ingest.parsers.builder import DocumentBuilder
from ingest.types import RecognizedLine

from .heads import continued
from .layout import Block, Layout, continues_paragraph
from .recognized import recognized_lines
from .running import PageLines, without_running_lines
from .title import heading_on_top


def add_pages(builder: DocumentBuilder, pages: Sequence[PageLines]) -> str:
    """Append pages 1, 2, …; returns the heading that stands on top of the first one with text, or ""."""
    lines_by_page = without_running_lines(pages)
    layout = Layout.of(lines_by_page)
    title: str | None = None
    last: Block | None = None
    for number, lines in enumerate(lines_by_page, start=1):
        builder.page(number)
        blocks = [*layout.blocks(lines)]
        if blocks and title is None:
            title = heading_on_top(blocks)
        for position, block in enumerate(blocks):
            if not position and last and last.rows and block.rows:
                block = replace(block, rows=continued(last.rows, block.rows))
            if not position and last and continues_paragraph(last, block):
                builder.continued(block.text, join=layout.words.join_line)
            else:
                _add(builder, block)
            last = block
    return title or ""


def add_picture(builder: DocumentBuilder, found: Sequence[RecognizedLine]) -> None:
    """Append what a picture inside a document says; its large letters are no headings of the document."""
    lines = recognized_lines([line for line in found if any(map(str.isalnum, line.text))])
    for block in Layout.of([lines]).blocks(lines):
        _add(builder, replace(block, level=0))


def warn_of_empty(builder: DocumentBuilder, pages: Sequence[PageLines], *, but: frozenset[int] = frozenset()) -> None:
    """Name the pages without text in a document that has some."""
    empty = [number for number, page in enumerate(pages, start=1) if not page.lines and number not in but]
    if empty and len(empty) < len(pages):
        builder.warn(f"No text on {named(empty)}: empty, or a picture.")


def warn_of_recognized(builder: DocumentBuilder, numbers: Sequence[int]) -> None:
    """Say of which pages the text was recognised."""
    if numbers:
        pictures = "pictures" if len(numbers) > 1 else "a picture"
        builder.warn(f"The text of {named(numbers)} was recognised in {pictures}; letters may be wrong.")


def named(numbers: Sequence[int], noun: str = "page") -> str:
    """As in "page 3" and "pages 1, 4 and others"."""
    listed = ", ".join(str(number) for number in numbers[:10]) + (" and others" if len(numbers) > 10 else "")
    return f"{noun}{'s' if len(numbers) > 1 else ''} {listed}"


def _add(builder: DocumentBuilder, block: Block) -> None:
    if block.level:
        builder.heading(block.text, level=block.level)
    elif block.rows:
        builder.table(block.rows.cells, names=block.rows.names)
    elif block.is_verbatim:
        builder.lines(block.text)
    else:
        builder.paragraph(block.text)
