"""Publishing: a new snapshot, then one row's update. Dense and lexical become visible together.

Everything that changes what readers see goes through `snapshot_move`: it holds the
collection's row, derives the next snapshot from the current one, hides in it whatever
the rows say is switched off or deleted, and moves the pointer.
"""

import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ingest.index.errors import SearchIndexError
from ingest.index.merge import MergePolicy, merge
from ingest.index.segment import Segment as OpenSegment
from ingest.index.snapshot import LiveSegment
from ingest.index.snapshot import Snapshot as Manifest
from ingest.index.types import SegmentInfo
from kbqa.errors import Conflict, NotFound

from .models import Collection, Passage, Segment, Snapshot, Version

log = structlog.get_logger(__name__)

SNAPSHOT_GRACE = timedelta(minutes=5)
_ORPHAN_AFTER_S = 3600.0


def manifest_of(collection: Collection) -> Manifest:
    """The current snapshot as a value; number 0 and empty before the first publication."""
    return Manifest.from_json(collection.snapshot.manifest) if collection.snapshot else Manifest()


@transaction.atomic
def snapshot_move(collection_id: UUID, change: Callable[[Manifest], Manifest]) -> Snapshot:
    """Derive the next snapshot under the collection's lock and make it current."""
    locked = Collection.with_deleted.select_for_update().filter(pk=collection_id).first()
    if locked is None:
        raise NotFound("The collection was deleted.")
    current = manifest_of(locked)
    following = change(current).hiding(versions=versions_off(locked), passages=passages_off(locked))
    row = Snapshot(collection=locked, number=current.number + 1)
    row.manifest = {**following.to_json(), "number": row.number}
    row.save()
    locked.snapshots.filter(replaced_at=None).exclude(pk=row.pk).update(replaced_at=timezone.now())
    Collection.with_deleted.filter(pk=locked.pk).update(snapshot=row)
    return row


def segment_record(collection: Collection, info: SegmentInfo) -> None:
    """The row of a sealed segment; to be written with the snapshot that names it."""
    Segment.objects.create(
        name=info.name,
        collection=collection,
        num_chunks=info.num_chunks,
        size_bytes=info.size_bytes,
        fingerprint=info.fingerprint,
    )


def segment_add(
    collection: Collection,
    info: SegmentInfo,
    *,
    retiring: frozenset[int] = frozenset(),
    anew: frozenset[int] = frozenset(),
) -> Snapshot:
    """Make a sealed segment live, and dead in one step the versions it replaces, and the passages it holds anew."""
    segment_record(collection, info)

    def change(current: Manifest) -> Manifest:
        if current.segments and current.fingerprint != info.fingerprint:
            raise Conflict("The encoder has changed since this collection was indexed: run `manage.py rebuild_index`.")
        kept = current.without_versions(retiring) if retiring else current
        kept = kept.without_passages(anew) if anew else kept
        live = LiveSegment(name=info.name, num_chunks=info.num_chunks)
        return Manifest(number=kept.number, fingerprint=info.fingerprint, segments=kept.with_segment(live).segments)

    return snapshot_move(collection.pk, change)


def versions_retire(collection: Collection, version_ids: frozenset[int]) -> None:
    """Tombstones for these versions; nothing to do where nothing was published."""
    if collection.snapshot_id and version_ids:
        snapshot_move(collection.pk, lambda current: current.without_versions(version_ids))


def snapshot_renew(collection: Collection) -> None:
    """The same segments under the next number, once rows say anew what is hidden or how it is called."""
    if collection.snapshot_id:
        snapshot_move(collection.pk, lambda current: current)


def segments_merge(collection: Collection) -> SegmentInfo | None:
    """Merge what the policy names, aside, then put the result in its place; None when nothing is due."""
    started = time.monotonic()
    chosen = MergePolicy().choose(manifest_of(collection).segments)
    if not chosen:
        return None
    root = Path(settings.SEGMENTS_ROOT)
    try:
        info = merge(root, chosen)
    except SearchIndexError as error:  # left as they are, until `mend_index` finds the damage
        log.error("merge_refused", collection=str(collection.pk), reason=str(error))
        return None
    names = [segment.name for segment in chosen]
    dropped = {segment.name: segment for segment in chosen}

    def change(current: Manifest) -> Manifest:
        still_live = {segment.name: segment for segment in current.segments}
        if not set(names) <= set(still_live):
            raise NotFound("A segment of the merge is no longer live.")
        merged = LiveSegment(
            name=info.name,
            num_chunks=info.num_chunks,
            # only what died while we merged: a version dead in one of these may live in another
            dead_versions=frozenset().union(*(still_live[n].dead_versions - dropped[n].dead_versions for n in names)),
            dead_passages=frozenset().union(*(still_live[n].dead_passages - dropped[n].dead_passages for n in names)),
        )
        return current.replacing(names, merged)

    try:
        with transaction.atomic():
            segment_record(collection, info)
            snapshot_move(collection.pk, change)
    except NotFound:  # another worker merged them, or the collection is gone
        shutil.rmtree(root / info.name)
        return None
    log.info("segments_merged", merged=len(names), chunks=info.num_chunks, ms=round((time.monotonic() - started) * 1e3))
    return info


def snapshots_expire() -> int:
    """Forget snapshots replaced longer ago than a reader may hold one; returns how many."""
    deleted, _ = Snapshot.objects.filter(replaced_at__lt=timezone.now() - SNAPSHOT_GRACE).delete()
    return deleted


def segments_sweep() -> int:
    """Remove directories and rows that no snapshot names, once they are old enough to be nobody's work.

    Rows are read before snapshots: a segment's row comes with the snapshot that names
    it, so one published in between is unknown here, and young, and stays.
    """
    known = set(Segment.objects.values_list("pk", flat=True))
    named = {name for snapshot in Snapshot.objects.all() for name in snapshot.segment_names}
    root, before, removed = Path(settings.SEGMENTS_ROOT), time.time() - _ORPHAN_AFTER_S, 0
    for folder in root.iterdir() if root.is_dir() else ():
        if folder.name in named:
            continue
        if folder.name in known or folder.stat().st_mtime < before:
            shutil.rmtree(folder, ignore_errors=True)
            Segment.objects.filter(pk=folder.name).delete()
            removed += 1
    return removed


def segment_open(name: str, *, fingerprint: str) -> OpenSegment:
    """A segment with every checksum verified, and recounted; SearchIndexError if it is not as it was sealed."""
    return OpenSegment.open(Path(settings.SEGMENTS_ROOT) / name, fingerprint=fingerprint, verify=True)


def versions_off(collection: Collection) -> frozenset[int]:
    """The versions of documents that are switched off or deleted, with the one about to be published."""
    hidden = Q(document__enabled=False) | Q(document__deleted_at__isnull=False)
    versions = Version.with_deleted.filter(hidden, document__collection=collection)
    return frozenset(versions.exclude(state=Version.State.SUPERSEDED).values_list("pk", flat=True))


def passages_off(collection: Collection) -> frozenset[int]:
    """The passages that are switched off, of versions that answer or are about to."""
    passages = Passage.with_deleted.filter(version__document__collection=collection, enabled=False)
    return frozenset(passages.exclude(version__state=Version.State.SUPERSEDED).values_list("pk", flat=True))
