"""A segment: one sealed directory, opened read-only, refused unless every byte is as it was sealed.

`segment.json` names each file with its SHA-256; FAISS loads most corrupted files
without complaint, so nothing is parsed before the sums agree.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from .analyzer import ANALYZER
from .errors import CorruptSegment, FingerprintMismatch, UnknownSegment
from .lexical import Lexical
from .snapshot import LiveSegment
from .vectors import Vectors

FORMAT = 1
MANIFEST = "segment.json"
IDS = "ids.npy"


@dataclass(slots=True)
class Segment:
    """Vectors, terms and ids of some chunks, by ordinal."""

    name: str
    fingerprint: str
    ids: np.ndarray  # [chunks, 2] int64: passage, version
    vectors: Vectors
    lexical: Lexical

    @classmethod
    def open(cls, path: Path, *, fingerprint: str, verify: bool = True) -> Self:
        """Raises UnknownSegment, CorruptSegment or FingerprintMismatch, in that order."""
        manifest = read_manifest(path)
        if verify:
            verify_files(path, manifest)
        if manifest["fingerprint"] != fingerprint:
            raise FingerprintMismatch(f"{path.name} was built by {manifest['fingerprint']}, not by {fingerprint}")
        try:
            ids = np.load(path / IDS, allow_pickle=False)
            segment = cls(path.name, fingerprint, ids, Vectors(path), Lexical(path))
        except Exception as error:  # whatever the libraries raise on files they cannot read
            raise CorruptSegment(f"{path.name}: {error}") from error
        segment.check()
        if (segment.num_chunks, segment.vectors.dimension) != (manifest["num_chunks"], manifest["dimension"]):
            raise CorruptSegment(f"{path.name}: {segment.num_chunks} chunks, {manifest['num_chunks']} in {MANIFEST}")
        return segment

    @property
    def num_chunks(self) -> int:
        return len(self.ids)

    @property
    def passage_ids(self) -> np.ndarray:
        return self.ids[:, 0]

    @property
    def version_ids(self) -> np.ndarray:
        return self.ids[:, 1]

    def alive(self, live: LiveSegment) -> np.ndarray:
        """Which chunks these tombstones leave alive, a boolean each."""
        alive: np.ndarray = ~(
            np.isin(self.version_ids, list(live.dead_versions)) | np.isin(self.passage_ids, list(live.dead_passages))
        )
        return alive

    def check(self) -> None:
        """Recount: ids, vectors and terms are of the same chunks."""
        counts = (self.num_chunks, len(self.vectors), len(self.lexical))
        if len(set(counts)) != 1:
            raise CorruptSegment(f"{self.name}: {counts[0]} ids, {counts[1]} vectors, {counts[2]} lexical chunks")


def read_manifest(path: Path) -> dict[str, Any]:  # Any: JSON
    """The manifest of a sealed segment; its own sum is checked."""
    if not path.is_dir():
        raise UnknownSegment(f"{path.name} is not there")
    try:
        manifest: dict[str, Any] = json.loads((path / MANIFEST).read_bytes())  # Any: JSON
        if manifest["sum"] != manifest_sum(manifest):
            raise CorruptSegment(f"{path.name}: {MANIFEST} is not as it was sealed")
        if manifest["format"] != FORMAT or manifest["analyzer"] != ANALYZER:
            raise CorruptSegment(
                f"{path.name} has format {manifest['format']}.{manifest['analyzer']}: rebuild the index"
            )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CorruptSegment(f"{path.name}: {MANIFEST} cannot be read ({error})") from error
    return manifest


def verify_files(path: Path, manifest: dict[str, Any]) -> None:  # Any: JSON
    for name, expected in manifest["files"].items():
        try:
            actual = file_sum(path / name)
        except OSError as error:
            raise CorruptSegment(f"{path.name}: {name} cannot be read ({error})") from error
        if actual != expected:
            raise CorruptSegment(f"{path.name}: {name} is not as it was sealed")


def file_sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def manifest_sum(manifest: dict[str, Any]) -> str:  # Any: JSON
    """Over everything but the sum itself, in one canonical form."""
    rest = {key: value for key, value in manifest.items() if key != "sum"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
