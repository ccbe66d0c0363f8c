"""Retrieval on a set in BEIR's layout: what dense and lexical search find, joined and reranked.

    python -m benchmarks.beir FOLDER

FOLDER holds corpus.jsonl[.gz], queries.jsonl[.gz] and qrels.test.tsv (https://github.com/beir-cellar/beir). Documents
are indexed whole, by the product's encoder and index; the twenty best are ordered by each way, and judged by nDCG@10
and recall@10 over the queries that have judgements.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from inference.reading.rerank import rerank_scores
from ingest.index.types import Hit

from .harness import report, row
from .pipelines import FOUND, Ours, lists_of

K = 10
_SLICE = 512


def read_lines(folder: Path, name: str) -> list[dict[str, Any]]:  # Any: JSON documents
    path = next(path for path in (folder / f"{name}.jsonl", folder / f"{name}.jsonl.gz") if path.is_file())
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def read_judgements(path: Path) -> dict[str, dict[str, int]]:
    """Query → document → how relevant, from a file with a header: query, document, score, by tabs."""
    judged: dict[str, dict[str, int]] = defaultdict(dict)
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        query, document, score = line.split("\t")
        judged[query][document] = int(score)
    return judged


def ndcg(ranked: Sequence[str], relevant: Mapping[str, int], *, k: int = K) -> float:
    """Normalised discounted cumulative gain of the first ``k`` (Järvelin & Kekäläinen, 2002), gains as judged."""
    gains = [relevant.get(document, 0) for document in ranked[:k]]
    ideal = sorted(relevant.values(), reverse=True)[:k]
    best = _discounted(ideal)
    return _discounted(gains) / best if best else 0.0


def recall(ranked: Sequence[str], relevant: Mapping[str, int], *, k: int = K) -> float:
    wanted = {document for document, score in relevant.items() if score > 0}
    return len(wanted & set(ranked[:k])) / len(wanted) if wanted else 0.0


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(place + 2) for place, gain in enumerate(gains))


def orders(index: Ours, query: str, texts: Mapping[int, str]) -> dict[str, list[int]]:
    """The numbers of the passages found, in each way's order."""
    hits = index.hits([query], limit=FOUND)[0]
    found = [texts[hit.passage_id] for hit in hits]
    scores = rerank_scores(query, found, [""] * len(hits), lists_of(hits, index.engine.known_share(query)))
    return {
        "dense": _by_rank([(hit.dense_rank, hit) for hit in hits]),
        "lexical": _by_rank([(hit.lexical_rank, hit) for hit in hits]),
        "joined": [hit.passage_id for hit in hits],
        "reranked": [hits[place].passage_id for place in (-scores).argsort(kind="stable")],
    }


def _by_rank(hits: Sequence[tuple[int | None, Hit]]) -> list[int]:
    ranked = [(rank, hit.passage_id) for rank, hit in hits if rank is not None]
    return [number for _, number in sorted(ranked)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    documents = read_lines(folder, "corpus")
    texts = {number: f"{each.get('title', '')}. {each['text']}".strip(". ") for number, each in enumerate(documents)}
    judged = read_judgements(folder / "qrels.test.tsv")
    asked = {each["_id"]: each["text"] for each in read_lines(folder, "queries") if each["_id"] in judged}
    scores: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as work, Ours(Path(work) / "index") as index:
        for start in range(0, len(texts), _SLICE):
            index.ingest({number: texts[number] for number in range(start, min(start + _SLICE, len(texts)))})
        for name, query in asked.items():
            for way, numbers in orders(index, query, texts).items():
                ranked = [documents[number]["_id"] for number in numbers]
                scores[way].append((ndcg(ranked, judged[name]), recall(ranked, judged[name])))
    joined = mean(gain for gain, _ in scores["joined"])
    rows = []
    for way, each in scores.items():
        gain, found = mean(gain for gain, _ in each), mean(found for _, found in each)
        name = f"{way}, nDCG@{K}, beside joined"
        rows.append(row(name, ours=100 * gain, peer=100 * joined, ratio=gain / joined, unit="%", recall_at_10=found))
    report("beir", rows, queries=len(asked), documents=len(documents))


if __name__ == "__main__":
    main()
