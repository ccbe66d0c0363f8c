"""The only door to retrieval: a searcher over the current snapshots of some collections.

The snapshots come with the question's own read of its scope, so a publication is
seen by the next question; open segments are shared by the whole process.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings

from ingest.index.searcher import Searcher, SegmentCache
from ingest.index.snapshot import Snapshot as Manifest
from kbqa.documents.models import Snapshot
from kbqa.engine import get_engine

_MAX_SEARCHERS = 32

_lock = threading.Lock()
_segments: SegmentCache | None = None
_searchers: OrderedDict[tuple[tuple[int, datetime], ...], Searcher] = OrderedDict()


def get_searcher(snapshots: Sequence[Snapshot]) -> Searcher:
    """A searcher pinned to just these snapshots; the same ones share one searcher."""
    key = tuple(sorted((snapshot.pk, snapshot.created_at) for snapshot in snapshots))  # a number undone is given again
    with _lock:
        if key in _searchers:
            _searchers.move_to_end(key)
            return _searchers[key]
    searcher = Searcher(
        Path(settings.SEGMENTS_ROOT),
        [Manifest.from_json(snapshot.manifest) for snapshot in snapshots],
        fingerprint=get_engine().encoder_fingerprint,
        cache=_segment_cache(),
    )
    with _lock:
        _searchers[key] = searcher
        while len(_searchers) > _MAX_SEARCHERS:
            _searchers.popitem(last=False)
    return searcher


def _segment_cache() -> SegmentCache:
    global _segments
    with _lock:
        _segments = _segments or SegmentCache()
        return _segments
