"""Flow 1's middle on one screen: bytes → parsed document → chunks → unit vectors.

``ingest.index.writer`` seals what comes out. Each step is a pure function of its
arguments, so any of them may be done again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from .chunk import split_document
from .config import IngestConfig
from .dedupe import without_repeats
from .embed import Encoder, embed_chunks
from .parsers.sandbox import parse_in_child
from .sniff import sniff
from .types import Chunk, ParsedDocument, Source

if TYPE_CHECKING:
    import numpy as np


def parse(
    source: Source,
    *,
    config: IngestConfig,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ParsedDocument:
    """The source's canonical text and structure, read in a process of its own.

    Raises an IngestError whose message is for the person who uploaded, or
    ParsingCancelled within a second of ``cancelled()`` turning true.
    """
    known = replace(source, media_type=sniff(source.path, name=source.name))
    return parse_in_child(known, config, cancelled=cancelled, progress=progress)


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
