"""The index from the rows: rebuilt without reading a document again, and verified against them.

The database and the originals are the truth; whatever happens to segments, this
brings them back.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from ingest.embed import embed_chunks
from ingest.index.errors import SearchIndexError
from ingest.index.snapshot import LiveSegment
from ingest.index.snapshot import Snapshot as Manifest
from ingest.index.types import ChunkRecord
from ingest.index.writer import SegmentWriter
from ingest.types import Chunk
from kbqa.engine import get_engine

from .models import Collection, Document, Passage, Version
from .publishing import manifest_of, segment_check, segment_record, snapshot_move, switched_off

log = structlog.get_logger(__name__)

_BATCH = 512


def collection_rebuild(*, collection: Collection, progress: Callable[[int, int], None] | None = None) -> int:
    """One fresh segment from the passages of every ready version; returns how many passages.

    What is published meanwhile stays live beside it, so nothing is lost to a race.
    """
    engine = get_engine()
    before = Manifest() if collection.snapshot is None else manifest_of(collection)
    ready = list(_ready_versions(collection))
    passages = Passage.objects.filter(version__in=ready).order_by("version_id", "position")
    total, done = passages.count(), 0
    with SegmentWriter(
        Path(settings.SEGMENTS_ROOT), fingerprint=engine.encoder_fingerprint, dimension=engine.dimension
    ) as writer:
        for batch in _batched(passages.iterator(chunk_size=_BATCH)):
            chunks = [Chunk(text=p.text, start=p.start, end=p.end, context=p.context) for p in batch]
            records = [
                ChunkRecord(passage_id=p.pk, version_id=p.version_id, text=p.text, context=p.context) for p in batch
            ]
            writer.add(records, embed_chunks(chunks, encoder=engine))
            done += len(batch)
            if progress:
                progress(done, total)
        info = writer.seal()

    def change(current: Manifest) -> Manifest:
        replaced = {segment.name for segment in before.segments}
        arrived = tuple(segment for segment in current.segments if segment.name not in replaced)
        retired = frozenset(v.pk for v in ready) - frozenset(_ready_versions(collection).values_list("pk", flat=True))
        fresh = LiveSegment(name=info.name, num_chunks=info.num_chunks, dead_versions=retired)
        return Manifest(number=current.number, fingerprint=info.fingerprint, segments=(fresh, *arrived))

    with transaction.atomic():
        segment_record(collection, info)
        snapshot_move(collection.pk, change)
    log.info("collection_rebuilt", collection=str(collection.pk), passages=total)
    return total


@dataclass(slots=True)
class Verification:
    """What a look at rows and files found; clean when there is nothing to report."""

    segments: int = 0
    passages: int = 0
    problems: list[str] = field(default_factory=list)


def collection_verify(*, collection: Collection) -> Verification:
    """Checksums and counts of every live segment, and whether rows and index name the same passages."""
    found, manifest = Verification(), manifest_of(collection)
    ready = set(_ready_versions(collection).values_list("pk", flat=True))
    found.passages = Passage.objects.filter(version__in=ready).count()
    indexed: dict[int, int] = {}
    for segment in manifest.segments:
        found.segments += 1
        try:
            for version_id, count in segment_check(segment.name, fingerprint=manifest.fingerprint).items():
                if version_id not in segment.dead_versions:
                    indexed[version_id] = indexed.get(version_id, 0) + count
        except SearchIndexError as error:
            found.problems.append(f"segment {segment.name}: {error}")
    for version_id in sorted(ready | set(indexed)):
        rows = Passage.objects.filter(version_id=version_id).count() if version_id in ready else 0
        if rows != indexed.get(version_id, 0):
            found.problems.append(
                f"version {version_id}: {rows} passages in rows, {indexed.get(version_id, 0)} in the index"
            )
    if manifest.segments and manifest.hidden_versions & ready != switched_off(collection) & ready:
        found.problems.append("the documents hidden in the index are not those that are switched off")
    return found


def collection_mend(*, collection: Collection) -> bool:
    """Rebuild the collection if its index is damaged; returns whether it was."""
    for _ in range(2):  # twice: a publication during the first look is no damage
        problems = collection_verify(collection=collection).problems
        if not problems:
            return False
        collection.refresh_from_db()
    log.error("index_damaged", collection=str(collection.pk), problems=problems[:5])
    collection_rebuild(collection=collection)
    return True


def _ready_versions(collection: Collection) -> QuerySet[Version]:
    current = Document.objects.filter(collection=collection).values("current")
    return Version.objects.filter(pk__in=current, state=Version.State.READY)


def _batched(passages: Iterator[Passage]) -> Iterator[list[Passage]]:
    while batch := list(islice(passages, _BATCH)):
        yield batch
