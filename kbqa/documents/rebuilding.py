"""The index from the rows: rebuilt without reading a document again, and verified against them.

The database and the originals are the truth; whatever happens to segments, this
brings them back. What is deleted and may be restored is indexed too, hidden.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import structlog
from django.db import transaction
from django.db.models import QuerySet

from ingest.embed import embed_chunks
from ingest.index.errors import SearchIndexError
from ingest.index.segment import Segment as OpenSegment
from ingest.index.snapshot import LiveSegment
from ingest.index.snapshot import Snapshot as Manifest
from kbqa.engine import get_engine

from .indexing import chunk_of, record_of, segment_writer
from .models import Collection, Document, Passage, Version
from .publishing import manifest_of, segment_open, segment_record, snapshot_move, versions_off

log = structlog.get_logger(__name__)

_BATCH = 512


def collection_rebuild(*, collection: Collection, progress: Callable[[int, int], None] | None = None) -> int:
    """One fresh segment from the passages of every ready version; returns how many passages.

    What is published meanwhile stays live beside it, so nothing is lost to a race; a passage
    that was edited meanwhile is dead in the fresh segment.
    """
    engine = get_engine()
    before = Manifest() if collection.snapshot is None else manifest_of(collection)
    ready = list(_ready_versions(collection))
    passages = Passage.with_deleted.filter(version__in=ready).order_by("version_id", "position")
    total, done = passages.count(), 0
    with segment_writer() as writer:
        for batch in _batched(passages.iterator(chunk_size=_BATCH)):
            vectors = embed_chunks([chunk_of(passage) for passage in batch], encoder=engine)
            writer.add([record_of(passage) for passage in batch], vectors)
            done += len(batch)
            if progress:
                progress(done, total)
        info = writer.seal()

    def change(current: Manifest) -> Manifest:
        replaced = {segment.name for segment in before.segments}
        arrived = tuple(segment for segment in current.segments if segment.name not in replaced)
        retired = frozenset(v.pk for v in ready) - frozenset(_ready_versions(collection).values_list("pk", flat=True))
        fresh = LiveSegment(
            name=info.name,
            num_chunks=info.num_chunks,
            dead_versions=retired,
            dead_passages=_held_anew(arrived, versions=frozenset(v.pk for v in ready)),
        )
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
    """Checksums of every live segment, and whether rows and index name the same passages in the same words."""
    found, manifest = Verification(), manifest_of(collection)
    ready = set(_ready_versions(collection).values_list("pk", flat=True))
    found.passages = Passage.with_deleted.filter(version__in=ready).count()
    edited = {p.pk: p for p in Passage.with_deleted.filter(version__in=ready, edited_at__isnull=False)}
    indexed: Counter[int] = Counter()
    for live in manifest.segments:
        found.segments += 1
        try:
            segment = segment_open(live.name, fingerprint=manifest.fingerprint)
        except SearchIndexError as error:
            found.problems.append(f"segment {live.name}: {error}")
            continue
        alive = segment.alive(live)
        indexed.update(segment.version_ids[alive].tolist())
        found.problems += _worded_otherwise(segment, alive, edited)
    for version_id in sorted(ready | set(indexed)):
        rows = Passage.with_deleted.filter(version_id=version_id).count() if version_id in ready else 0
        if rows != indexed[version_id]:
            found.problems.append(f"version {version_id}: {rows} passages in rows, {indexed[version_id]} in the index")
    found.problems += _hidden_otherwise(collection, manifest, ready)
    return found


def _worded_otherwise(segment: OpenSegment, alive: np.ndarray, edited: Mapping[int, Passage]) -> Iterator[str]:
    """Those of the edited passages that a segment holds in other words than their rows do."""
    ordinals = np.flatnonzero(alive & np.isin(segment.passage_ids, list(edited))).tolist()
    for ordinal, terms in segment.lexical.terms(ordinals).items():
        passage = edited[int(segment.passage_ids[ordinal])]
        if terms != record_of(passage).terms:
            yield f"passage {passage.pk}: it was edited, and the index holds other words than its row"


def _hidden_otherwise(collection: Collection, manifest: Manifest, ready: Set[int]) -> Iterator[str]:
    """Whether what is switched off in rows is what the index hides, of all that answers."""
    if not manifest.segments:
        return
    if manifest.hidden_versions & ready != versions_off(collection) & ready:
        yield "the documents hidden in the index are not those that are switched off"
    off = Passage.with_deleted.filter(version__in=ready, pk__in=manifest.hidden_passages).values_list("pk", flat=True)
    if set(off) != set(Passage.with_deleted.filter(version__in=ready, enabled=False).values_list("pk", flat=True)):
        yield "the passages hidden in the index are not those that are switched off"


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


def _held_anew(arrived: Sequence[LiveSegment], *, versions: frozenset[int]) -> frozenset[int]:
    """The passages of these versions that live in segments which arrived meanwhile."""
    fingerprint, held = get_engine().encoder_fingerprint, set[int]()
    for live in arrived:
        segment = segment_open(live.name, fingerprint=fingerprint)
        mine = segment.alive(live) & np.isin(segment.version_ids, list(versions))
        held.update(segment.passage_ids[mine].tolist())
    return frozenset(held)


def _ready_versions(collection: Collection) -> QuerySet[Version]:
    current = Document.with_deleted.filter(collection=collection).values("current")
    return Version.with_deleted.filter(pk__in=current, state=Version.State.READY)


def _batched(passages: Iterator[Passage]) -> Iterator[list[Passage]]:
    while batch := list(islice(passages, _BATCH)):
        yield batch
