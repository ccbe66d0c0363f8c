"""RTF, by striprtf: its paragraphs and, with bars between cells, its tables; a page that Outlook wrapped, as one."""

from __future__ import annotations

import re

from striprtf.striprtf import rtf_to_text

from ingest.errors import CorruptSource
from ingest.types import ParsedDocument, Source

from .base import ParserContext
from .builder import DocumentBuilder
from .html import add_html
from .rtf_page import holds_page, unwrapped

_TITLE = re.compile(r"\{\\title ([^{}\\]{1,300})\}")
_BROKEN = "The document is damaged and cannot be read."


def parse(source: Source, context: ParserContext) -> ParsedDocument:
    content = source.path.read_bytes()
    builder = DocumentBuilder(max_chars=context.config.max_text_chars)
    add_rtf(builder, content)
    title = _TITLE.search(content.decode("latin-1"))
    return builder.build(
        media_type=source.media_type, title=title[1] if title else "", no_text="The document holds no text."
    )


def add_rtf(builder: DocumentBuilder, content: bytes) -> None:
    """Each line is a paragraph; lines with bars that follow each other are a table. Raises CorruptSource."""
    if holds_page(content):
        add_html(builder, unwrapped(content))
        return
    try:
        text = rtf_to_text(content.decode("latin-1"), errors="ignore")  # type: ignore[no-untyped-call]  # not annotated
    except (ValueError, LookupError, IndexError, TypeError, AttributeError) as error:
        raise CorruptSource(_BROKEN) from error
    rows: list[list[str]] = []
    for line in str(text).split("\n"):
        if line.count("|") > 1 and line.rstrip().endswith("|"):
            rows.append(line.rstrip().rstrip("|").split("|"))
            continue
        builder.table(rows)
        rows = []
        builder.paragraph(line)
    builder.table(rows)
