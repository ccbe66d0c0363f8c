"""What a parser is: a function from a source to canonical text with its pages, headings and tables.

A parser hands what it reads, in reading order, to a DocumentBuilder, which cleans
it and keeps the offsets; so every offset refers to the final text by construction.
A parser raises only the errors of ``ingest.errors``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ingest.config import IngestConfig
from ingest.types import ParsedDocument, RecognizedLine, Source


def report_nothing(done: int, total: int) -> None:
    """The progress callback of a caller who does not ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParserContext:
    """What a parser may use: the limits, and somewhere to say how far it is (pages done, of how many).

    ``recognized`` is what was read on pages that are pictures, or in pictures inside a document,
    where that was tried already.
    """

    config: IngestConfig
    progress: Callable[[int, int], None] = report_nothing
    recognized: Mapping[int, Sequence[RecognizedLine]] = field(default_factory=dict)


class Parser(Protocol):
    """One file format."""

    def __call__(self, source: Source, context: ParserContext) -> ParsedDocument: ...
