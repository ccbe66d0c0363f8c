"""A snapshot: which segments are live, which of their versions and passages are dead, and which are hidden.

What is dead is dropped when segments merge; what is hidden stays, found by nobody,
and comes back with a snapshot that no longer hides it. A snapshot is a value:
publishing makes a new one and moves one row. Readers pin one for the life of a search,
so a search never sees half of a publication.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from .types import SegmentInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSegment:
    """A segment by name, with its tombstones."""

    name: str
    num_chunks: int
    dead_versions: frozenset[int] = frozenset()
    dead_passages: frozenset[int] = frozenset()

    @classmethod
    def of(cls, sealed: SegmentInfo) -> Self:
        """The segment as it was sealed, nothing in it dead."""
        return cls(name=sealed.name, num_chunks=sealed.num_chunks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a reader of one collection may see, under a number that only grows."""

    number: int = 0
    fingerprint: str = ""
    segments: tuple[LiveSegment, ...] = field(default=())
    hidden_versions: frozenset[int] = frozenset()
    hidden_passages: frozenset[int] = frozenset()

    @property
    def searchable(self) -> tuple[LiveSegment, ...]:
        """The live segments as a search must take them: what is hidden is dead to it."""
        if not self.hidden_versions and not self.hidden_passages:
            return self.segments
        return tuple(
            replace(
                segment,
                dead_versions=segment.dead_versions | self.hidden_versions,
                dead_passages=segment.dead_passages | self.hidden_passages,
            )
            for segment in self.segments
        )

    def with_segment(self, segment: LiveSegment) -> Self:
        return replace(self, segments=(*self.segments, segment))

    def without_versions(self, version_ids: frozenset[int]) -> Self:
        """Tombstones for every chunk of these versions, in each segment now live."""
        return replace(
            self, segments=tuple(replace(s, dead_versions=s.dead_versions | version_ids) for s in self.segments)
        )

    def without_passages(self, passage_ids: frozenset[int]) -> Self:
        """Tombstones for these passages, in each segment now live; one sealed later may hold them anew."""
        return replace(
            self, segments=tuple(replace(s, dead_passages=s.dead_passages | passage_ids) for s in self.segments)
        )

    def hiding(self, *, versions: frozenset[int], passages: frozenset[int]) -> Self:
        """The same segments, with just these hidden."""
        return replace(self, hidden_versions=versions, hidden_passages=passages)

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
            "hidden_versions": sorted(self.hidden_versions),
            "hidden_passages": sorted(self.hidden_passages),
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
            hidden_versions=frozenset(value.get("hidden_versions", ())),  # snapshots of before there were any
            hidden_passages=frozenset(value.get("hidden_passages", ())),
        )
