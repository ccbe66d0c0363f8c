"""Records that cross ingestion's stages. All offsets are characters of the canonical text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Bytes as uploaded: where they lie, what they were called, what they claim to be."""

    path: Path
    name: str
    media_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Page ``number`` (from 1) covers ``[start, end)``; slides and sheets count as pages."""

    number: int
    start: int
    end: int
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A headed part; ``[start, end)`` includes the heading's line, ``path`` the headings above it and its own."""

    path: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table at ``[start, end)``, one row a line; with a header, its first line is the context of later rows."""

    start: int
    end: int
    has_header: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognizedLine:
    """A line of text that was recognised in a picture of its page.

    ``corners`` are x and y of its upper left, upper right, lower right and lower left
    corner as it is read, in points from the lower left of the page as it is shown.
    """

    text: str
    corners: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedDocument:
    """A source's canonical text and its structure; ``warnings`` are sentences for people.

    ``pictures`` are the pages that show something and hold no text, as scans do, or the
    pictures inside a Word or PowerPoint file that may: `ingest.ocr` may read them.
    """

    text: str
    media_type: str
    title: str = ""
    pages: tuple[Page, ...] = ()
    sections: tuple[Section, ...] = ()
    tables: tuple[Table, ...] = ()
    language: str = ""
    warnings: tuple[str, ...] = ()
    pictures: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """The unit we embed and index: ``text == canonical_text[start:end]``, always.

    ``context`` is what the index may add before the text (title, heading path, a
    table's header row) and a citation never shows.
    """

    text: str
    start: int
    end: int
    page: int | None = None
    heading_path: tuple[str, ...] = ()
    context: str = ""
    num_tokens: int = 0
