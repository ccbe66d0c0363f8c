"""A segment's FAISS index: exact while small, HNSW (Malkov and Yashunin, 2016) when scanning costs more.

Scores are inner products of unit vectors, so cosines. Dead ordinals are left out
inside the search, by a selector, never afterwards.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faiss
import numpy as np

FILE = "vectors.faiss"
# Measured crossover: below it a scan is as fast as the graph and exact (benchmarks/LOG.md).
EXACT_UP_TO = 100_000
_LINKS = 32
_CONSTRUCTION = 200
_SEARCH = 128
# With fewer alive than this share, a graph loses its way among the dead: 0.42 of the best found
# with one in a hundred alive, where a scan of just those is exact and faster (benchmarks/LOG.md).
_SCAN_BELOW = 0.2


def vectors_write(folder: Path, vectors: np.ndarray, *, exact_up_to: int = EXACT_UP_TO) -> None:
    """Build and write the index of ``vectors`` [chunks, dimension], float32 unit vectors."""
    index: Any  # Any: FAISS's wrapper adds to its classes what its stubs do not know
    if len(vectors) <= exact_up_to:
        index = faiss.IndexFlatIP(vectors.shape[1])
    else:
        index = faiss.IndexHNSWFlat(vectors.shape[1], _LINKS, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = _CONSTRUCTION
    index.add(np.ascontiguousarray(vectors, dtype=np.float32))
    faiss.write_index(index, str(folder / FILE))


class Vectors:
    """A sealed FAISS index, opened read-only."""

    def __init__(self, folder: Path) -> None:
        faiss.omp_set_num_threads(1)  # one question, one core; idle OpenMP threads spin
        self._index = faiss.read_index(str(folder / FILE))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        return int(self._index.d)

    def search(self, vector: np.ndarray, k: int, *, alive: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """Scores and ordinals, best first, of at most ``k``; ``alive`` is a boolean a chunk, None for all."""
        wanted = min(k, len(self))
        if not wanted:
            return np.empty(0, np.float32), np.empty(0, np.int64)
        selector = None
        if alive is not None:
            bits = np.packbits(alive, bitorder="little")
            selector = faiss.IDSelectorBitmap(len(alive), faiss.swig_ptr(bits))
        library: Any = faiss  # Any: as above
        index, parameters = self._index, library.SearchParameters(sel=selector)
        if isinstance(index, faiss.IndexHNSW):
            if alive is not None and np.count_nonzero(alive) < _SCAN_BELOW * len(self):
                index = library.downcast_index(index.storage)
            else:
                parameters = library.SearchParametersHNSW(sel=selector, efSearch=max(_SEARCH, 2 * wanted))
        scores, ordinals = index.search(vector[None].astype(np.float32), wanted, params=parameters)
        found = ordinals[0] >= 0
        return scores[0][found], ordinals[0][found]

    def all(self) -> np.ndarray:
        """Every vector again, in ordinal order: [chunks, dimension]."""
        vectors: np.ndarray = self._index.reconstruct_n(0, len(self))
        return vectors
