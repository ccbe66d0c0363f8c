"""Pictures: what was recognised in them, a TIFF's frames as pages."""

from __future__ import annotations

from ingest.pages import open_pages
from ingest.types import ParsedDocument, Source

from .base import ParserContext
from .builder import DocumentBuilder
from .printed.reading import add_pages, warn_of_empty, warn_of_recognized
from .printed.recognized import recognized_lines
from .printed.running import PageLines


def parse(source: Source, context: ParserContext) -> ParsedDocument:
    builder = DocumentBuilder(max_chars=context.config.max_text_chars)
    pictures = open_pages(source.path.read_bytes(), media_type=source.media_type)
    pages = []
    for number in range(1, len(pictures) + 1):
        _, height = pictures.size(number)
        pages.append(PageLines(lines=recognized_lines(context.recognized.get(number, ())), top=height))
    title = add_pages(builder, pages)
    warn_of_empty(builder, pages)
    warn_of_recognized(builder, [number for number, lines in context.recognized.items() if lines])
    return builder.build(
        media_type=source.media_type, title=title, heading_is_title=False, pictures=range(1, len(pictures) + 1)
    )
