"""CSV and its relatives: the separator guessed from the first lines, a row a line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from ingest import sniff
from ingest.encoding import decode
from ingest.types import ParsedDocument, Source

from .base import ParserContext
from .builder import DocumentBuilder

_SEPARATORS = ",;\t|"
_SAMPLE_LINES = 50
_MAX_CELL_CHARS = 1 << 24


def parse(source: Source, context: ParserContext) -> ParsedDocument:
    builder = DocumentBuilder(max_chars=context.config.max_text_chars)
    add_csv(builder, decode(source.path.read_bytes()), separator="\t" if source.media_type == sniff.TSV else "")
    return builder.build(media_type=source.media_type, no_text="The table holds no text.")


def add_csv(builder: DocumentBuilder, text: str, *, separator: str = "") -> None:
    csv.field_size_limit(_MAX_CELL_CHARS)
    text = text.replace("\0", "")
    builder.table(_rows(text, separator or likeliest_separator(text)))


def likeliest_separator(text: str) -> str:
    """The separator that gives the first rows the same number of cells, more than one."""
    sample = "".join(io.StringIO(text).readlines(1 << 16)[:_SAMPLE_LINES])

    def agreement(separator: str) -> tuple[float, int]:
        widths = [len(row) for row in _rows(sample, separator) if row]
        usual = max(set(widths), key=widths.count, default=0)
        return (widths.count(usual) / len(widths), usual) if usual > 1 else (0.0, 0)

    return max(_SEPARATORS, key=agreement)


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    """The rows; from a line that breaks the format's rules on, lines are rows of one cell."""
    lines = io.StringIO(text, newline="")
    try:
        yield from csv.reader(lines, delimiter=separator)
    except csv.Error:
        for line in lines:
            yield [line]
