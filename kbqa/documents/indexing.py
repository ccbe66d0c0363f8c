"""Passage rows → what the index is made of: the chunk that is embedded, and the record that is sealed."""

from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from ingest.embed import embed_chunks
from ingest.index.types import ChunkRecord, SegmentInfo
from ingest.index.writer import SegmentWriter
from ingest.types import Chunk
from kbqa.engine import get_engine

from .models import Passage


def chunk_of(passage: Passage) -> Chunk:
    return Chunk(text=passage.wording, start=passage.start, end=passage.end, context=passage.context)


def record_of(passage: Passage) -> ChunkRecord:
    return ChunkRecord(
        passage_id=passage.pk, version_id=passage.version_id, text=passage.wording, context=passage.context
    )


def segment_writer() -> SegmentWriter:
    """A writer of segments of this process's encoder."""
    engine = get_engine()
    return SegmentWriter(
        Path(settings.SEGMENTS_ROOT), fingerprint=engine.encoder_fingerprint, dimension=engine.dimension
    )


def passages_seal(passages: Sequence[Passage]) -> SegmentInfo:
    """A sealed segment of just these, as they are worded now."""
    with segment_writer() as writer:
        vectors = embed_chunks([chunk_of(passage) for passage in passages], encoder=get_engine())
        writer.add([record_of(passage) for passage in passages], vectors)
        return writer.seal()
