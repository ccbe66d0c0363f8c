"""A searcher pins some snapshots and answers over all their segments as if they were one.

Lexical and dense lists are taken from each segment, dead chunks left out inside the
search, and fused once. A segment that cannot be opened is left out alone, and said.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from .analyzer import query_terms
from .errors import CorruptSegment, FingerprintMismatch, UnknownSegment
from .fusion import Fusion
from .lexical import inverse_frequency
from .segment import Segment
from .snapshot import LiveSegment, Snapshot
from .types import Hit, Query


class Due(Protocol):
    """When the search must be over; ``inference.Deadline`` is one."""

    @property
    def remaining_s(self) -> float: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Hits, best first; degraded when a list or a segment had to be left out."""

    hits: tuple[Hit, ...]
    degraded: bool
    timings_ms: dict[str, float]


class SegmentCache:
    """Open segments by name, shared by the searchers of a process; unused ones go, oldest first."""

    def __init__(self, max_segments: int = 512) -> None:
        self._max = max_segments
        self._lock = threading.Lock()
        self._segments: dict[str, Segment] = {}

    def __len__(self) -> int:
        return len(self._segments)

    def get(self, root: Path, name: str, fingerprint: str) -> Segment:
        with self._lock:
            if name in self._segments:
                self._segments[name] = self._segments.pop(name)
                return self._segments[name]
        segment = Segment.open(root / name, fingerprint=fingerprint)
        with self._lock:
            self._segments[name] = segment
            while len(self._segments) > self._max:
                self._segments.pop(next(iter(self._segments)))
        return segment


@dataclass(slots=True)
class _Pinned:
    """An open segment with its tombstones; keys are counted on from ``first_key`` over all segments."""

    segment: Segment
    live: LiveSegment
    first_key: int
    alive: np.ndarray | None


class Searcher:
    """Search over pinned snapshots; safe for many threads, and never changed."""

    def __init__(
        self,
        root: Path,
        snapshots: Sequence[Snapshot],
        *,
        fingerprint: str,
        cache: SegmentCache | None = None,
        fusion: Fusion | None = None,
    ) -> None:
        self._fusion = fusion or Fusion()
        self._pinned: list[_Pinned] = []
        self.missing: list[str] = []
        cache = cache or SegmentCache()
        for snapshot in snapshots:
            if snapshot.segments and snapshot.fingerprint != fingerprint:
                raise FingerprintMismatch(f"the snapshot was built by {snapshot.fingerprint}, not by {fingerprint}")
            for live in snapshot.searchable:
                self._pin(cache, root, live, fingerprint)

    def search(self, query: Query, *, deadline: Due | None = None) -> Found:
        """The ``query.limit`` best hits; with no time left for the dense list, the lexical one alone."""
        timings: dict[str, float] = {}
        started = time.perf_counter()
        terms = list(dict.fromkeys(term for text in (query.text, *query.also) for term in query_terms(text)))
        lexical = self._lexical(terms, query)
        timings["lexical"] = round((time.perf_counter() - started) * 1e3, 2)
        late = deadline is not None and not deadline.remaining_s
        started = time.perf_counter()
        dense = {} if query.vector is None or late else self._dense(query.vector, query)
        timings["dense"] = round((time.perf_counter() - started) * 1e3, 2)
        hits = self._fuse(query, dense, lexical, frozenset(terms))
        return Found(hits=hits, degraded=late or bool(self.missing), timings_ms=timings)

    def _pin(self, cache: SegmentCache, root: Path, live: LiveSegment, fingerprint: str) -> None:
        try:
            segment = cache.get(root, live.name, fingerprint)
        except (CorruptSegment, UnknownSegment):
            self.missing.append(live.name)
            return
        first_key = self._pinned[-1].first_key + self._pinned[-1].segment.num_chunks if self._pinned else 0
        alive = None
        if live.dead_versions or live.dead_passages:
            alive = segment.alive(live)
        self._pinned.append(_Pinned(segment, live, first_key, alive))

    def _lexical(self, terms: Sequence[str], query: Query) -> dict[int, float]:
        total = sum(pinned.segment.num_chunks for pinned in self._pinned)
        held = {term: sum(pinned.segment.lexical.frequency(term) for pinned in self._pinned) for term in terms}
        idf = {term: inverse_frequency(count, total) for term, count in held.items() if count}
        found: list[tuple[np.ndarray, np.ndarray]] = []
        for pinned in self._pinned:
            scores, ordinals = pinned.segment.lexical.search(
                idf,
                query.depth,
                dead_versions=pinned.live.dead_versions,
                dead_passages=pinned.live.dead_passages,
                only_versions=query.version_ids,
            )
            found.append((ordinals + pinned.first_key, scores))
        return _best(found, query.depth)

    def _dense(self, vector: np.ndarray, query: Query) -> dict[int, float]:
        found: list[tuple[np.ndarray, np.ndarray]] = []
        for pinned in self._pinned:
            alive = pinned.alive
            if query.version_ids is not None:
                wanted = np.isin(pinned.segment.version_ids, list(query.version_ids))
                alive = wanted if alive is None else alive & wanted
            scores, ordinals = pinned.segment.vectors.search(vector, query.depth, alive=alive)
            found.append((ordinals + pinned.first_key, scores))
        return _best(found, query.depth)

    def _fuse(
        self, query: Query, dense: dict[int, float], lexical: dict[int, float], terms: frozenset[str]
    ) -> tuple[Hit, ...]:
        combined = self._fusion.combine(dense, lexical, trust=query.vector_trust)
        fused = dict(sorted(combined.items(), key=lambda pair: (-pair[1], pair[0]))[: query.limit])
        matched = self._matched([key for key in fused if key in lexical], terms)
        dense_ranks = {key: rank for rank, key in enumerate(dense, start=1)}
        lexical_ranks = {key: rank for rank, key in enumerate(lexical, start=1)}
        return tuple(
            Hit(
                passage_id=int(pinned.segment.passage_ids[key - pinned.first_key]),
                version_id=int(pinned.segment.version_ids[key - pinned.first_key]),
                score=score,
                dense_score=dense.get(key),
                dense_rank=dense_ranks.get(key),
                lexical_score=lexical.get(key),
                lexical_rank=lexical_ranks.get(key),
                terms=matched.get(key, ()),
            )
            for key, score in fused.items()
            if (pinned := self._holder(key))
        )

    def _matched(self, keys: Sequence[int], terms: frozenset[str]) -> dict[int, tuple[str, ...]]:
        """The question's terms that stand in each of these chunks, with one look into each segment."""
        by_holder: dict[int, list[int]] = {}
        for key in keys:
            by_holder.setdefault(self._holder(key).first_key, []).append(key)
        return {
            first_key + ordinal: found
            for first_key, mine in by_holder.items()
            for ordinal, found in self._holder(first_key)
            .segment.lexical.matched([key - first_key for key in mine], terms)
            .items()
        }

    def _holder(self, key: int) -> _Pinned:
        return next(pinned for pinned in reversed(self._pinned) if pinned.first_key <= key)


def _best(found: Sequence[tuple[np.ndarray, np.ndarray]], k: int) -> dict[int, float]:
    """The ``k`` highest of all lists of (keys, scores), in order; equal scores keep the order of their keys."""
    if not found:
        return {}
    keys, scores = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.lexsort((keys, -scores))[:k]
    return dict(zip(keys[order].tolist(), scores[order].tolist(), strict=True))
