"""Flow 1's middle on one screen: bytes → parsed document, pictures read → chunks → unit vectors.

``ingest.index.writer`` seals what comes out. Each step is a pure function of its
arguments, so any of them may be done again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from . import ocr
from .chunk import split_document
from .config import IngestConfig
from .dedupe import without_repeats
from .embed import Encoder, embed_chunks
from .errors import NoText, ParserLimit
from .ocr.reading import recognize
from .parsers.printed.reading import named
from .parsers.sandbox import parse_in_child
from .sniff import HOLD_PICTURES, sniff
from .types import Chunk, ParsedDocument, RecognizedLine, Source

if TYPE_CHECKING:
    import numpy as np

Recognized = Mapping[int, Sequence[RecognizedLine]]  # by page, or by picture inside a document

_SCAN = (
    "It looks like a scan, a picture of text, and this site reads none. Recognise its text (OCR) first and upload that."
)
_UNREAD = "It is a picture, and recognising its text took too long or too much memory."
_NO_TEXT = "It is a picture, and no text was recognised in it."
_UNREAD_INSIDE = "It holds pictures only, and recognising their text took too long or too much memory."
_NO_TEXT_INSIDE = "It holds pictures only, and no text was recognised in them."


def parse(
    source: Source,
    *,
    config: IngestConfig,
    recognized: Recognized | None = None,
    keep: Callable[[int, Sequence[RecognizedLine], int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ParsedDocument:
    """The source's canonical text and structure, read in processes of their own.

    Pages that are pictures, and pictures inside a document, are recognised, but for those ``recognized``
    by an earlier try, and the source is parsed once more with what they say. ``keep(page, lines, done, total)``
    is told each, and how many are done of how many. Raises an IngestError whose message is
    for the person who uploaded, or Cancelled within a second of ``cancelled()`` turning true.
    """
    known = replace(source, media_type=sniff(source.path, name=source.name))
    parsed = parse_in_child(known, config, cancelled=cancelled)
    wanted = parsed.pictures[: config.ocr_max_pages] if config.ocr and ocr.is_installed() else ()
    unread = list[int]()
    if wanted:
        found = {page: lines for page, lines in (recognized or {}).items() if page in wanted}

        def hear(page: int, lines: Sequence[RecognizedLine]) -> None:
            found[page] = lines
            if keep:
                keep(page, lines, len(found), len(wanted))

        left = [page for page in wanted if page not in found]
        unread = recognize(known, left, config=config, hear=hear, cancelled=cancelled)
        parsed = parse_in_child(known, config, recognized=found, cancelled=cancelled)
    inside = known.media_type in HOLD_PICTURES
    if not any(map(str.isalnum, parsed.text)):
        if unread:
            raise ParserLimit(_UNREAD_INSIDE if inside else _UNREAD)
        raise NoText(_SCAN if not wanted else _NO_TEXT_INSIDE if inside else _NO_TEXT)
    said = list(parsed.warnings)
    if unread:
        pages = named(unread, "picture" if inside else "page")
        said.append(f"Recognising the text of {pages} took too long or too much memory.")
    if len(parsed.pictures) > len(wanted) > 0:
        pages = "pictures" if inside else "pages that are pictures"
        said.append(f"Of {len(parsed.pictures):,} {pages} the first {len(wanted):,} were read.")
    return replace(parsed, warnings=tuple(said))


def split(parsed: ParsedDocument, *, encoder: Encoder, config: IngestConfig) -> list[Chunk]:
    """The document's chunks in order, each exact text once; raises NoText when there is nothing to index."""
    return without_repeats(split_document(parsed, token_offsets=encoder.token_offsets, config=config))


def vectors(
    chunks: Sequence[Chunk],
    *,
    encoder: Encoder,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> np.ndarray:
    """A unit vector a chunk, float32 of shape [chunks, dimension], in the chunks' order."""
    return embed_chunks(chunks, encoder=encoder, progress=progress, cancelled=cancelled)
