"""Search latency and recall by size of the collection: `python -m benchmarks.search [--sizes 1000 10000 100000]`.

Synthetic passages: words drawn by Zipf's law, vectors in clusters as texts of a few
subjects have them. Each size is searched whole and, with ``--parts``, as many segments;
up to ``--graph-up-to`` the vectors are also searched as an HNSW graph, against the exact scan,
with all alive, with half dead, and with one in a hundred alive. The last line is one JSON object.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ingest.index.searcher import Searcher
from ingest.index.snapshot import LiveSegment, Snapshot
from ingest.index.types import Query
from ingest.index.vectors import Vectors, vectors_write
from ingest.index.writer import SegmentWriter

DIMENSION, NUM_WORDS, WORDS_EACH, QUESTION_WORDS = 384, 50_000, 70, 8
FINGERPRINT = "synthetic"


class Corpus:
    """Passages of a seed: their lines of terms and their vectors."""

    def __init__(self, size: int) -> None:
        self.draw = np.random.default_rng(size)
        self.vectors = self._clustered(size)
        self.words = np.minimum(self.draw.zipf(1.15, (size, WORDS_EACH)), NUM_WORDS)

    def lines(self) -> list[str]:
        return [" ".join(f"w{word}" for word in row) for row in self.words]

    def questions(self, count: int) -> list[Query]:
        """Each about one passage: some of its words, and a vector not far from its own."""
        asked = self.draw.integers(0, len(self.words), count)
        noise = self.draw.normal(scale=0.03, size=(count, DIMENSION)).astype(np.float32)
        vectors = _unit(self.vectors[asked] + noise)
        picked = [self.draw.choice(self.words[number], QUESTION_WORDS) for number in asked]
        texts = [" ".join(f"w{word}" for word in words) for words in picked]
        return [Query(text=text, vector=vector) for text, vector in zip(texts, vectors, strict=True)]

    def _clustered(self, size: int) -> np.ndarray:
        centres = self.draw.normal(size=(max(8, size // 200), DIMENSION)).astype(np.float32)
        mine = self.draw.integers(0, len(centres), size)
        return _unit(centres[mine] + self.draw.normal(scale=0.8, size=(size, DIMENSION)).astype(np.float32))


def _unit(vectors: np.ndarray) -> np.ndarray:
    unit: np.ndarray = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def measure(run: Callable[[Query], object], questions: Sequence[Query]) -> dict[str, float]:
    for question in questions[:5]:
        run(question)
    times = []
    for question in questions:
        started = time.perf_counter()
        run(question)
        times.append((time.perf_counter() - started) * 1e3)
    return {"p50_ms": round(float(np.median(times)), 2), "p99_ms": round(float(np.percentile(times, 99)), 2)}


def searched(root: Path, corpus: Corpus, questions: Sequence[Query], *, parts: int) -> dict[str, float]:
    lines, size = corpus.lines(), len(corpus.words)
    live = []
    for numbers in np.array_split(np.arange(size), parts):
        with SegmentWriter(root, fingerprint=FINGERPRINT, dimension=DIMENSION) as writer:
            ids = [(int(number), int(number) // 20) for number in numbers]
            writer.add_analysed(ids, [lines[number] for number in numbers], corpus.vectors[numbers])
            live.append(LiveSegment.of(writer.seal()))
    started = time.perf_counter()
    searcher = Searcher(
        root, [Snapshot(number=1, fingerprint=FINGERPRINT, segments=tuple(live))], fingerprint=FINGERPRINT
    )
    opened_ms = round((time.perf_counter() - started) * 1e3, 1)
    stages = [searcher.search(question).timings_ms for question in questions]
    return {
        **measure(searcher.search, questions),
        "lexical_p50_ms": float(np.median([stage["lexical"] for stage in stages])),
        "dense_p50_ms": float(np.median([stage["dense"] for stage in stages])),
        "open_ms": opened_ms,
    }


def graph_against_scan(root: Path, corpus: Corpus, questions: Sequence[Query]) -> dict[str, object]:
    """Time of both, and which share of the scan's twenty best the graph finds."""
    indexes, found = {}, {}
    for name, exact_up_to in (("scan", len(corpus.vectors)), ("graph", 0)):
        folder = root / name
        folder.mkdir()
        started = time.perf_counter()
        vectors_write(folder, corpus.vectors, exact_up_to=exact_up_to)
        indexes[name] = Vectors(folder)
        found[f"{name}_build_s"] = round(time.perf_counter() - started, 1)
    for label, share in (("all", 1.0), ("half", 0.5), ("hundredth", 0.01)):
        alive = None if share == 1.0 else corpus.draw.random(len(corpus.vectors)) < share
        lists: dict[str, list[set[int]]] = {}
        for name, index in indexes.items():

            def run(question: Query, index: Vectors = index, alive: np.ndarray | None = alive) -> np.ndarray:
                assert question.vector is not None
                return index.search(question.vector, 20, alive=alive)[1]

            found[f"{name}_{label}"] = measure(run, questions)
            lists[name] = [set(run(question).tolist()) for question in questions]
        shared = [len(s & g) / max(1, len(s)) for s, g in zip(lists["scan"], lists["graph"], strict=True)]
        found[f"recall_{label}"] = round(float(np.mean(shared)), 4)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--parts", type=int, nargs="+", default=[1, 8, 64])
    parser.add_argument("--graph-up-to", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=100)
    options = parser.parse_args()
    summary: dict[str, object] = {}
    for size in options.sizes:
        corpus = Corpus(size)
        questions = corpus.questions(options.questions)
        for parts in options.parts:
            with tempfile.TemporaryDirectory() as folder:
                summary[f"{size} in {parts}"] = searched(Path(folder), corpus, questions, parts=parts)
                print(size, "passages in", parts, "segments:", summary[f"{size} in {parts}"], flush=True)
        if size <= options.graph_up_to:
            with tempfile.TemporaryDirectory() as folder:
                summary[f"graph {size}"] = graph_against_scan(Path(folder), corpus, questions)
                print(size, "vectors:", summary[f"graph {size}"], flush=True)
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
