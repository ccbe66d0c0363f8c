"""The weights of `inference/reading/rerank.py`: fitted on train sets, judged on dev sets.

    python -m benchmarks.reranking [--data ../shared/data/reading]

Each set's paragraphs become an index, each question's own paragraph is the one to be found among the twenty that
dense and lexical search joined put first. Weights maximise the likelihood of that one (a softmax over the twenty);
English and Chinese are fitted together. The table has the share of questions whose paragraph is among the first k,
as joined and as reranked with the weights that ship; the last lines are the weights that were fitted.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inference.reading.rerank import WEIGHTS, rerank_features
from kbqa.quality.testset import Case, read_cases, spread

from .harness import READING_SETS, report, row
from .pipelines import Ours, lists_of

TRAIN = {"squad_v1.train": (50, 3000), "natural_questions_qed.train": (3000, 1500), "cmrc2018.train": (1200, 2000)}
DEV = {"squad_v1.dev": (None, 2000), "natural_questions_qed.dev": (None, 1000), "cmrc2018.dev": (None, 1500)}
KS = (1, 2, 3, 6)
LIMIT = 20


@dataclass(frozen=True, slots=True)
class Found:
    """A question's candidates: their features [passages, len(WEIGHTS)], and where its own paragraph is among them."""

    features: np.ndarray
    wanted: int | None


def found_in(path: Path, *, titles: int | None, questions: int) -> list[Found]:
    cases = _of_titles([case for case in read_cases(path) if case.answers], titles)
    passages = dict(enumerate(dict.fromkeys(case.context for case in cases)))
    number_of = {text: number for number, text in passages.items()}
    asked = spread(cases, questions)
    with tempfile.TemporaryDirectory() as folder, Ours(Path(folder) / "index") as index:
        index.ingest(passages)
        return list(_found(index, asked, passages, number_of))


def _found(index: Ours, asked: Sequence[Case], passages: dict[int, str], number_of: dict[str, int]) -> Iterator[Found]:
    for case, hits in zip(asked, index.hits([case.question for case in asked], limit=LIMIT), strict=True):
        if not hits:
            continue
        texts = [passages[hit.passage_id] for hit in hits]
        lists = lists_of(hits, index.engine.known_share(case.question))
        features = rerank_features(case.question, texts, [""] * len(texts), lists)
        wanted = number_of[case.context]
        yield Found(features, next((place for place, hit in enumerate(hits) if hit.passage_id == wanted), None))


def fitted(found: Sequence[Found], *, ridge: float = 1e-3, num_steps: int = 50) -> np.ndarray:
    """[len(WEIGHTS)] by Newton's method on the softmax's likelihood; the ridge is a question's share."""
    seen = [each for each in found if each.wanted is not None]
    weights = np.zeros(len(WEIGHTS))
    for _ in range(num_steps):
        slope, curve = 2 * ridge * len(seen) * weights, 2 * ridge * len(seen) * np.eye(len(weights))
        for each in seen:
            scores = each.features @ weights
            shares = np.exp(scores - scores.max())
            shares /= shares.sum()
            mean = shares @ each.features
            slope += mean - each.features[each.wanted]
            curve += (each.features * shares[:, None]).T @ each.features - np.outer(mean, mean)
        weights -= np.linalg.solve(curve, slope)
    return weights


def recalls(found: Sequence[Found], weights: np.ndarray) -> dict[int, float]:
    """k → the share of questions whose own paragraph is among the first k."""
    ranks = []
    for each in found:
        order = np.argsort(-(each.features @ weights), kind="stable")
        ranks.append(np.inf if each.wanted is None else int(np.flatnonzero(order == each.wanted)[0]) + 1)
    return {k: float(np.mean(np.array(ranks) <= k)) for k in KS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=READING_SETS, help="folder of reading sets")
    options = parser.parse_args()
    if not options.data.is_dir():
        print(f"skipped: there is no {options.data}")
        return
    as_joined = np.eye(len(WEIGHTS))[0]
    sets = {
        name: found_in(options.data / f"{name}.jsonl.gz", titles=titles, questions=questions)
        for name, (titles, questions) in {**TRAIN, **DEV}.items()
    }
    rows = [
        row(f"{name}@{k}", ours=100 * after, peer=100 * before, ratio=after / before, unit="%")
        for name in DEV
        for (k, before), after in zip(
            recalls(sets[name], as_joined).items(), recalls(sets[name], np.array(WEIGHTS)).values(), strict=True
        )
    ]
    weights = fitted([each for name in TRAIN for each in sets[name]])
    report("reranking", rows, fitted=np.round(weights, 2).tolist(), shipped=list(WEIGHTS))


def _of_titles(cases: Sequence[Case], limit: int | None) -> list[Case]:
    """The cases of so many titles, drawn evenly; where a set has no titles, of so many paragraphs."""
    key = {case.id: case.title or case.context for case in cases}
    titles = list(dict.fromkeys(key.values()))
    chosen = set(titles if limit is None else spread(titles, limit))
    return [case for case in cases if key[case.id] in chosen]


if __name__ == "__main__":
    main()
