"""Records that cross the index's border."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .analyzer import terms_of

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkRecord:
    """A passage as the index needs it: ids of its rows, and the text its terms come from."""

    passage_id: int
    version_id: int
    text: str
    context: str = ""

    @property
    def terms(self) -> str:
        """All its terms in order, context first, as a segment keeps them."""
        return " ".join(terms_of(f"{self.context}\n{self.text}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What the searcher is given.

    ``vector`` is a unit vector of shape [dimension], or None to search by terms
    alone; ``also`` are phrases that mean what some words of the text mean, searched for
    beside them; ``vector_trust`` in [0, 1] is the share of the question's text that the
    encoder's vocabulary knows. ``version_ids`` limits the search to some versions;
    the limit is applied inside the search.
    """

    text: str
    vector: np.ndarray | None = None
    also: tuple[str, ...] = ()
    vector_trust: float = 1.0
    limit: int = 20
    depth: int = 100
    version_ids: frozenset[int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage's address and its scores; higher is better, None where a list did not hold it."""

    passage_id: int
    version_id: int
    score: float
    dense_score: float | None = None
    dense_rank: int | None = None
    lexical_score: float | None = None
    lexical_rank: int | None = None
    terms: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentInfo:
    """A sealed segment's name and size, as its row keeps them."""

    name: str
    num_chunks: int
    size_bytes: int
    fingerprint: str
