"""RTF, by striprtf: its paragraphs and, with bars between cells, its tables."""

from __future__ import annotations

import re

from striprtf.striprtf import rtf_to_text

from ingest.errors import CorruptSource
from ingest.types import ParsedDocument, Source

from .base import ParserContext
from .builder import DocumentBuilder

_TITLE = re.compile(r"\{\\title ([^{}\\]{1,300})\}")
_BROKEN = "The document is damaged and cannot be read."


def parse(source: Source, context: ParserContext) -> ParsedDocument:
    content = source.path.read_bytes().decode("latin-1")
    try:
        text = str(rtf_to_text(content, errors="ignore"))  # type: ignore[no-untyped-call]  # has no annotations
    except (ValueError, LookupError, IndexError, TypeError, AttributeError) as error:
        raise CorruptSource(_BROKEN) from error
    builder = DocumentBuilder(max_chars=context.config.max_text_chars)
    _add(builder, text)
    title = _TITLE.search(content)
    return builder.build(
        media_type=source.media_type, title=title[1] if title else "", no_text="The document holds no text."
    )


def _add(builder: DocumentBuilder, text: str) -> None:
    """Each line is a paragraph; lines with bars that follow each other are a table."""
    rows: list[list[str]] = []
    for line in text.split("\n"):
        if line.count("|") > 1 and line.rstrip().endswith("|"):
            rows.append(line.rstrip().rstrip("|").split("|"))
            continue
        builder.table(rows)
        rows = []
        builder.paragraph(line)
    builder.table(rows)
