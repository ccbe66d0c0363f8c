"""Which segments to merge, and how: from the segments alone, without embedding or analysing anything again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .errors import SearchIndexError
from .segment import Segment, read_manifest
from .snapshot import LiveSegment
from .types import SegmentInfo
from .writer import SegmentWriter


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePolicy:
    """Tiered by size: segments of about one size are merged once there are ``fan_in`` of them."""

    fan_in: int = 8
    smallest: int = 256
    growth: int = 8

    def choose(self, segments: Sequence[LiveSegment]) -> tuple[LiveSegment, ...]:
        """The segments of the lowest tier that is full; empty when none is."""
        tiers: dict[int, list[LiveSegment]] = {}
        for segment in segments:
            tiers.setdefault(self._tier(segment.num_chunks), []).append(segment)
        full = [tier for tier, members in sorted(tiers.items()) if len(members) >= self.fan_in]
        return tuple(tiers[full[0]]) if full else ()

    def _tier(self, num_chunks: int) -> int:
        tier, limit = 0, self.smallest
        while num_chunks > limit:
            tier, limit = tier + 1, limit * self.growth
        return tier


def merge(root: Path, segments: Sequence[LiveSegment]) -> SegmentInfo:
    """One segment of what lives in these, sealed; the ones it was made from are left as they are."""
    if not segments:
        raise SearchIndexError("there is nothing to merge")
    manifest = read_manifest(root / segments[0].name)
    fingerprint, dimension = str(manifest["fingerprint"]), int(manifest["dimension"])
    with SegmentWriter(root, fingerprint=fingerprint, dimension=dimension) as writer:
        for live in segments:
            segment = Segment.open(root / live.name, fingerprint=fingerprint)
            kept = np.flatnonzero(segment.alive(live))
            terms = segment.lexical.all_terms()
            writer.add_analysed(
                [(int(passage), int(version)) for passage, version in segment.ids[kept]],
                [terms[ordinal] for ordinal in kept],
                segment.vectors.all()[kept],
            )
        return writer.seal()
