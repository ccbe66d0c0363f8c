"""Small sealed segments for tests: numbered texts with unit vectors of a fixed seed."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ingest.index.searcher import Searcher
from ingest.index.snapshot import LiveSegment, Snapshot
from ingest.index.types import ChunkRecord, Query, SegmentInfo
from ingest.index.writer import SegmentWriter

FINGERPRINT = "encoder-of-tests"
DIMENSION = 16


def unit_vectors(count: int, *, seed: int = 7, dimension: int = DIMENSION) -> np.ndarray:
    """Float32 of shape [count, dimension], each of length one."""
    drawn = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    unit: np.ndarray = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return unit


def records_of(texts: Sequence[str], *, first: int = 0, per_version: int = 1) -> list[ChunkRecord]:
    """Passages numbered from ``first``; every ``per_version`` of them are one version."""
    return [
        ChunkRecord(passage_id=number, version_id=number // per_version, text=text)
        for number, text in enumerate(texts, start=first)
    ]


def seal(root: Path, records: Sequence[ChunkRecord], vectors: np.ndarray | None = None) -> SegmentInfo:
    """A segment of these records; the vectors of a fixed seed unless told otherwise."""
    vectors = unit_vectors(len(records)) if vectors is None else vectors
    with SegmentWriter(root, fingerprint=FINGERPRINT, dimension=vectors.shape[1]) as writer:
        writer.add(records, vectors)
        return writer.seal()


def live(info: SegmentInfo, *, versions: frozenset[int] = frozenset(), passages: frozenset[int] = frozenset()):
    """The segment as a snapshot names it, with what is dead in it."""
    return replace(LiveSegment.of(info), dead_versions=versions, dead_passages=passages)


def searcher_of(root: Path, *segments: LiveSegment) -> Searcher:
    snapshot = Snapshot(number=1, fingerprint=FINGERPRINT, segments=segments)
    return Searcher(root, [snapshot], fingerprint=FINGERPRINT)


def found_ids(searcher: Searcher, **query: object) -> list[int]:
    """The passages found, best first."""
    return [hit.passage_id for hit in searcher.search(Query(**{"text": "", **query})).hits]
