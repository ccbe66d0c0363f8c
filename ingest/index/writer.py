"""Build a segment aside, sync it, rename it: sealed or absent, and never written again."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from .analyzer import ANALYZER
from .lexical import lexical_write
from .segment import FORMAT, IDS, MANIFEST, file_sum, manifest_sum
from .types import ChunkRecord, SegmentInfo
from .vectors import vectors_write

TEMPORARY = ".tmp-"


class SegmentWriter:
    """Collects chunks and seals them once; leaving the block unsealed leaves nothing behind."""

    def __init__(self, root: Path, *, fingerprint: str, dimension: int) -> None:
        self._root, self._fingerprint, self._dimension = root, fingerprint, dimension
        self._name = uuid.uuid4().hex
        self._aside = root / f"{TEMPORARY}{self._name}"
        self._ids: list[tuple[int, int]] = []
        self._terms: list[str] = []
        self._vectors: list[np.ndarray] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        shutil.rmtree(self._aside, ignore_errors=True)

    def add(self, records: Sequence[ChunkRecord], vectors: np.ndarray) -> None:
        """Chunks with their vectors, [records, dimension] float32 of unit length."""
        ids = [(record.passage_id, record.version_id) for record in records]
        self.add_analysed(ids, [record.terms for record in records], vectors)

    def add_analysed(self, ids: Sequence[tuple[int, int]], terms: Sequence[str], vectors: np.ndarray) -> None:
        """Chunks whose terms are known already, as merging has them."""
        if vectors.shape != (len(ids), self._dimension):
            raise ValueError(f"vectors must have shape {(len(ids), self._dimension)}, got {vectors.shape}")
        self._ids += ids
        self._terms += terms
        self._vectors.append(np.asarray(vectors, dtype=np.float32))

    def seal(self) -> SegmentInfo:
        """Write, sync and rename; from here on the segment is there, whole."""
        self._root.mkdir(parents=True, exist_ok=True)
        self._aside.mkdir()
        ids = np.array(self._ids, dtype=np.int64).reshape(-1, 2)
        stacked = np.concatenate(self._vectors) if self._vectors else np.empty((0, self._dimension), np.float32)
        np.save(self._aside / IDS, ids, allow_pickle=False)
        vectors_write(self._aside, stacked)
        lexical_write(self._aside, self._terms, ids[:, 1].tolist(), ids[:, 0].tolist())
        size_bytes = self._write_manifest(len(ids))
        for path in (*self._aside.rglob("*"), self._aside):
            _sync(path)
        self._aside.rename(self._root / self._name)
        _sync(self._root)
        return SegmentInfo(name=self._name, num_chunks=len(ids), size_bytes=size_bytes, fingerprint=self._fingerprint)

    def _write_manifest(self, num_chunks: int) -> int:
        # lock files are tantivy's own business and may come and go with readers
        paths = [path for path in sorted(self._aside.rglob("*")) if path.is_file() and path.suffix != ".lock"]
        manifest: dict[str, object] = {
            "format": FORMAT,
            "analyzer": ANALYZER,
            "num_chunks": num_chunks,
            "dimension": self._dimension,
            "fingerprint": self._fingerprint,
            "files": {str(path.relative_to(self._aside)): file_sum(path) for path in paths},
        }
        manifest["sum"] = manifest_sum(manifest)
        (self._aside / MANIFEST).write_text(json.dumps(manifest, indent=1))
        return sum(path.stat().st_size for path in paths)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
