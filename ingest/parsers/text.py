"""Plain text: any encoding, hard-wrapped lines mended into paragraphs, other line breaks kept."""

from __future__ import annotations

import re

from ingest.clean import clean_text, join_lines
from ingest.encoding import decode
from ingest.types import ParsedDocument, Source

from .base import ParserContext
from .builder import DocumentBuilder

_PARAGRAPHS = re.compile(r"\n[^\S\n]*\n\s*")
_MARKER = re.compile(r"\s*(?:[-*+•‣▪>|#]|\d{1,3}[.)]|[A-Za-z][.)])\s|\s*[A-Za-z][\w ]{0,24}:\s")
_MIN_WRAP_CHARS = 48


def parse(source: Source, context: ParserContext) -> ParsedDocument:
    builder = DocumentBuilder(max_chars=context.config.max_text_chars)
    add_text(builder, decode(source.path.read_bytes()))
    return builder.build(media_type="text/plain", no_text="The file holds no readable text.")


def add_text(builder: DocumentBuilder, raw: str) -> None:
    """Paragraphs between empty lines; within one, lines are joined where a fixed width broke them."""
    text = clean_text(raw)
    start = 0
    for gap in _PARAGRAPHS.finditer(text):
        _add_paragraph(builder, text[start : gap.start()])
        start = gap.end()
    _add_paragraph(builder, text[start:])


def _add_paragraph(builder: DocumentBuilder, paragraph: str) -> None:
    lines = [line for line in paragraph.split("\n") if line.strip()]
    if is_wrapped(lines):
        builder.paragraph(join_lines([line.strip() for line in lines]))
    else:
        builder.lines("\n".join(lines))


def is_wrapped(lines: list[str]) -> bool:
    """Whether a fixed width broke these lines: all but the last about equally long, and none a list's entry."""
    if len(lines) < 2:
        return False
    body = [len(line.rstrip()) for line in lines[:-1]]
    longest = max(body)
    if longest < _MIN_WRAP_CHARS or longest > 120 or len(lines[-1].rstrip()) > longest + 2:
        return False
    if min(body) < 0.7 * longest:
        return False
    return not any(_MARKER.match(line) for line in lines[1:])
