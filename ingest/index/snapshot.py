"""A snapshot: which segments are live, and which of their versions and passages are dead.

It is a value: publishing makes a new one and moves one row. Readers pin one for
the life of a search, so a search never sees half of a publication.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSegment:
    """A segment by name, with its tombstones."""

    name: str
    num_chunks: int
    dead_versions: frozenset[int] = frozenset()
    dead_passages: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a reader of one collection may see, under a number that only grows."""

    number: int = 0
    fingerprint: str = ""
    segments: tuple[LiveSegment, ...] = field(default=())

    def with_segment(self, segment: LiveSegment) -> Self:
        return replace(self, segments=(*self.segments, segment))

    def without_versions(self, version_ids: frozenset[int]) -> Self:
        """Tombstones for every chunk of these versions, in each segment now live."""
        return replace(
            self, segments=tuple(replace(s, dead_versions=s.dead_versions | version_ids) for s in self.segments)
        )

    def replacing(self, names: Sequence[str], merged: LiveSegment) -> Self:
        """The merged segment in the place of those it was made from."""
        gone = set(names)
        return replace(self, segments=(*(s for s in self.segments if s.name not in gone), merged))

    def to_json(self) -> dict[str, Any]:  # Any: JSON
        return {
            "number": self.number,
            "fingerprint": self.fingerprint,
            "segments": [
                {
                    "name": s.name,
                    "num_chunks": s.num_chunks,
                    "dead_versions": sorted(s.dead_versions),
                    "dead_passages": sorted(s.dead_passages),
                }
                for s in self.segments
            ],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:  # Any: JSON
        return cls(
            number=int(value["number"]),
            fingerprint=str(value["fingerprint"]),
            segments=tuple(
                LiveSegment(
                    name=str(s["name"]),
                    num_chunks=int(s["num_chunks"]),
                    dead_versions=frozenset(s["dead_versions"]),
                    dead_passages=frozenset(s["dead_passages"]),
                )
                for s in value["segments"]
            ),
        )
