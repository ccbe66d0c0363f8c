"""Does the search find the passage a question was asked of? Through the real index, list by list."""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from inference.base import AnyEngine
from inference.score import interval
from ingest.index.searcher import Searcher
from ingest.index.snapshot import LiveSegment, Snapshot
from ingest.index.types import ChunkRecord, Hit, Query
from ingest.index.writer import SegmentWriter
from kbqa.answers.rerank import hit_scores
from kbqa.answers.retrieve import CANDIDATES

from .testset import Case

KS = (1, 5, 10)
LISTS = ("dense", "lexical", "hybrid", "reranked")
_DEPTH = 100
_BATCH = 256


@dataclass(slots=True)
class RetrievalRun:
    """For each list, the rank of every question's own passage; None where the list did not hold it."""

    num_passages: int
    ranks: dict[str, list[int | None]] = field(default_factory=lambda: {name: [] for name in LISTS})
    search_ms: list[float] = field(default_factory=list)

    def recall(self, name: str, k: int) -> float:
        return sum(self._found(name, k)) / max(1, len(self.ranks[name]))

    def recall_interval(self, name: str, k: int) -> tuple[float, float]:
        """95 % bootstrap interval of the recall."""
        return interval(self._found(name, k))

    def _found(self, name: str, k: int) -> list[float]:
        return [float(rank is not None and rank <= k) for rank in self.ranks[name]]


def retrieval_run(
    cases: Sequence[Case],
    asked: Sequence[Case],
    *,
    engine: AnyEngine,
    progress: Callable[[str, int, int], None],
) -> RetrievalRun:
    """Index the distinct contexts of ``cases`` as passages, then look for each ``asked`` case's own."""
    contexts = list(dict.fromkeys(case.context for case in cases))
    passage_ids = {context: number for number, context in enumerate(contexts)}
    run = RetrievalRun(num_passages=len(contexts))
    with tempfile.TemporaryDirectory(prefix="kbqa-evaluate-") as folder:
        searcher = _searcher(Path(folder), contexts, engine, progress)
        for start in range(0, len(asked), _BATCH):
            batch = asked[start : start + _BATCH]
            vectors = engine.embed([case.question for case in batch])
            for case, vector in zip(batch, vectors, strict=True):
                trust = engine.known_share(case.question)
                query = Query(text=case.question, vector=vector, vector_trust=trust, limit=2 * _DEPTH, depth=_DEPTH)
                started = time.perf_counter()
                hits = searcher.search(query).hits
                run.search_ms.append((time.perf_counter() - started) * 1e3)
                reranked = _reranked(case.question, hits, contexts, trust=trust)
                _note(run, hits, reranked, passage_ids[case.context])
            progress("questions", start + len(batch), len(asked))
    return run


def _searcher(
    root: Path, contexts: list[str], engine: AnyEngine, progress: Callable[[str, int, int], None]
) -> Searcher:
    with SegmentWriter(root, fingerprint=engine.encoder_fingerprint, dimension=engine.dimension) as writer:
        for start in range(0, len(contexts), _BATCH):
            texts = contexts[start : start + _BATCH]
            records = [
                ChunkRecord(passage_id=start + offset, version_id=1, text=text) for offset, text in enumerate(texts)
            ]
            writer.add(records, engine.embed(texts))
            progress("passages", start + len(texts), len(contexts))
        info = writer.seal()
    snapshot = Snapshot(number=1, fingerprint=info.fingerprint, segments=(LiveSegment.of(info),))
    return Searcher(root, [snapshot], fingerprint=engine.encoder_fingerprint)


def _reranked(question: str, hits: Sequence[Hit], contexts: Sequence[str], *, trust: float) -> list[int]:
    """Passage ids in the order in which the product reads them."""
    first = hits[:CANDIDATES]
    texts = [contexts[hit.passage_id] for hit in first]
    order = (-hit_scores(question, first, texts, [""] * len(texts), trust=trust)).argsort(kind="stable")
    return [first[place].passage_id for place in order] + [hit.passage_id for hit in hits[CANDIDATES:]]


def _note(run: RetrievalRun, hits: Sequence[Hit], reranked: Sequence[int], wanted: int) -> None:
    place, hit = next(((i, hit) for i, hit in enumerate(hits, start=1) if hit.passage_id == wanted), (None, None))
    run.ranks["reranked"].append(reranked.index(wanted) + 1 if hit else None)
    run.ranks["hybrid"].append(place)
    run.ranks["dense"].append(hit.dense_rank if hit else None)
    run.ranks["lexical"].append(hit.lexical_rank if hit else None)
