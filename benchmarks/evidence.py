"""Fit and measure the evidence reader's confidence: `python -m benchmarks.evidence TRAIN DEV`.

Each question is asked twice: of the passages found, and of those found once its whole
article is taken away, when no sentence can be right. Prints the share of best sentences that
hold a gold answer, the AUROC of the confidence on DEV, and the weights fitted on TRAIN.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from inference import Engine, EngineConfig
from inference.types import Reading
from ingest.index.searcher import Searcher
from ingest.index.snapshot import LiveSegment, Snapshot
from ingest.index.types import ChunkRecord, Query
from ingest.index.writer import SegmentWriter
from kbqa.quality.testset import Case, read_cases, spread

NUM_PASSAGES = 6


def outcomes(cases: list[Case], asked: list[Case], engine: Engine) -> list[tuple[Reading, bool, bool]]:
    """(reading, whether its best sentence holds a gold answer, whether the passage was there), two a case."""
    titles = {case.context: case.title for case in cases}
    contexts = list(titles)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        with SegmentWriter(Path(folder), fingerprint="f", dimension=1) as writer:
            records = [ChunkRecord(passage_id=i, version_id=1, text=text) for i, text in enumerate(contexts)]
            writer.add(records, np.ones((len(records), 1), np.float32))
            info = writer.seal()
        snapshot = Snapshot(number=1, fingerprint="f", segments=(LiveSegment.of(info),))
        searcher = Searcher(Path(folder), [snapshot], fingerprint="f")
        for case in asked:
            hits = searcher.search(Query(text=case.question, limit=60)).hits
            near = [contexts[hit.passage_id] for hit in hits]
            for present in (True, False):
                given = [c for c in near if present or not same_article(c, case, titles)][:NUM_PASSAGES]
                reading = engine.read(case.question, given)
                if reading.spans:
                    best = reading.spans[0]
                    said = given[best.passage][best.sentence_start : best.sentence_end]
                    right = present and any(answer in said for answer in case.answers)
                    found.append((reading, right, present))
    return found


def same_article(context: str, case: Case, titles: dict[str, str]) -> bool:
    return context == case.context or bool(case.title and titles[context] == case.title)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train", type=Path)
    parser.add_argument("dev", type=Path)
    parser.add_argument("--limit", type=int, default=800)
    options = parser.parse_args()
    with Engine(EngineConfig(use_reader=False)) as engine:
        train, dev = read_cases(options.train), read_cases(options.dev)
        fitted = outcomes(train, spread(train, options.limit), engine)
        held = outcomes(dev, spread(dev, options.limit), engine)
    names = tuple(fitted[0][0].signals)
    model = LogisticRegression(C=10.0, max_iter=1000).fit(
        [[reading.signals[name] for name in names] for reading, _, _ in fitted], [right for _, right, _ in fitted]
    )
    weights = {"bias": model.intercept_[0], **dict(zip(names, model.coef_[0], strict=True))}
    given = [right for _, right, present in held if present]
    shipped = [reading.confidence for reading, _, _ in held]
    refitted = model.predict_proba([[reading.signals[name] for name in names] for reading, _, _ in held])[:, 1]
    right = np.array([r for _, r, _ in held])
    summary = {
        "dev": options.dev.name,
        "top_sentence_right": round(float(np.mean(given)), 4),
        "auroc_shipped": round(float(roc_auc_score(right, shipped)), 4),
        "auroc_fitted": round(float(roc_auc_score(right, refitted)), 4),
        "answered_at_half": round(float((refitted >= 0.5).mean()), 4),
        "precision_at_half": round(float(right[refitted >= 0.5].mean()), 4),
        "weights": {name: round(float(value), 3) for name, value in weights.items()},
    }
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
