"""Flow 1's middle on one screen: bytes → parsed document, pictures read → chunks → unit vectors.

``ingest.index.writer`` seals what comes out. Each step is a pure function of its
arguments, so any of them may be done again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from . import ocr
from .chunk import split_document
from .config import IngestConfig
from .dedupe import without_repeats
from .embed import Encoder, embed_chunks
from .errors import NoText
from .ocr.reading import recognize
from .parsers.sandbox import parse_in_child
from .sniff import sniff
from .types import Chunk, ParsedDocument, Source

if TYPE_CHECKING:
    import numpy as np

_SCAN = (
    "It looks like a scan, a picture of text, and this site reads none. Recognise its text (OCR) first and upload that."
)
_NO_TEXT = "It is a picture, and no text was recognised in it."


def parse(
    source: Source,
    *,
    config: IngestConfig,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ParsedDocument:
    """The source's canonical text and structure, read in processes of their own.

    Pages that are pictures are recognised, and the source is parsed once more with what they
    say; ``progress`` is told how many of them are done, of how many. Raises an IngestError
    whose message is for the person who uploaded, or Cancelled within a second of
    ``cancelled()`` turning true.
    """
    known = replace(source, media_type=sniff(source.path, name=source.name))
    parsed = parse_in_child(known, config, cancelled=cancelled)
    if parsed.pictures and config.ocr and ocr.is_installed():
        recognized = recognize(known, parsed.pictures, config=config, cancelled=cancelled, progress=progress)
        parsed = parse_in_child(known, config, recognized=recognized, cancelled=cancelled)
        parsed = replace(parsed, recognized=recognized, warnings=(*parsed.warnings, *_left_out(parsed, config)))
    if not any(map(str.isalnum, parsed.text)):
        raise NoText(_NO_TEXT if parsed.recognized else _SCAN)
    return parsed


def _left_out(parsed: ParsedDocument, config: IngestConfig) -> list[str]:
    total, most = len(parsed.pictures), config.ocr_max_pages
    return [f"Of {total:,} pages that are pictures the first {most:,} were read."] if total > most else []


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
