"""The sentence that best supports an answer, verbatim; needs no trained reader.

Where the encoder knows the question's words, their similarity and the rare words shared
decide; where it does not and the script has no spaces, the sentence ranker does.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.types import Reading, Span

from .lists import asks_how_to, widened, with_its_list
from .ranking import ranked_signals, sentence_features, shipped_ranker
from .terms import CJK, Overlap, Sentence

_CJK_CHARACTER = re.compile(f"[{CJK}]")
_NUMBER_ASKED = re.compile(
    r"多少|几|哪一?年|何时|什么时候|时间|年份|日期|\b(?:when|how (?:many|much|old|long|far)|what (?:year|date))\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d|[一二三四五六七八九十百千万]")

# What a sentence's passage and its place tell about it; chosen on cmrc2018.train (benchmarks/LOG.md).
_LEXICAL_SHARE = 0.5
_PASSAGE_WEIGHT = 0.6
_RANK_WEIGHT = 0.4
_NUMBER_WEIGHT = 0.15

# Logistic weights, fitted as `python -m benchmarks.evidence` does; the figures are in benchmarks/LOG.md.
_CALIBRATION = {"bias": -7.2, "similarity": 7.2, "coverage": 5.9, "passage_coverage": -4.2, "lead": 5.0}
ABSTAIN_BELOW = 0.35


@dataclass(frozen=True, slots=True)
class _Judged:
    """Every sentence's score, the least that is worth showing, and how sure the best one is."""

    scores: np.ndarray
    worth: float
    signals: dict[str, float]
    confidence: float
    abstain_below: float


def read_evidence(
    question: str,
    passages: Sequence[str],
    sentences: Sequence[Sentence],
    similarities: np.ndarray | None,
    *,
    contexts: Sequence[str] = (),
    trust: float,
    max_spans: int,
) -> Reading:
    """The best supporting sentences of passages that come best first.

    ``similarities`` [sentences] are cosines with the question; None: not known. ``contexts``
    are the passages' titles and headings, one each or none at all. ``trust`` is the share of
    the question that the encoder's vocabulary knows.
    """
    if not sentences:
        return Reading(spans=(), confidence=0.0, passage_scores=(0.0,) * len(passages))
    if trust < 0.5 and _CJK_CHARACTER.search(question):
        judged = _by_ranker(question, passages, sentences, contexts)
    else:
        judged = _by_similarity(question, passages, sentences, similarities, trust=trust)
    order = np.argsort(-judged.scores, kind="stable")[:max_spans]
    best_in = [
        [float(score) for s, score in zip(sentences, judged.scores, strict=True) if s.passage == number]
        for number in range(len(passages))
    ]
    spans = [_span(sentences[i], float(judged.scores[i])) for i in order if judged.scores[i] >= judged.worth]
    if asks_how_to(question):
        spans = [widened(with_its_list(passages[span.passage], span)) for span in spans]
    return Reading(
        spans=tuple(spans),
        confidence=judged.confidence,
        passage_scores=tuple(max(scores, default=0.0) for scores in best_in),
        abstain_below=judged.abstain_below,
        signals=judged.signals,
    )


def confidence(signals: dict[str, float]) -> float:
    """The probability that the sentence that similarity puts first holds the answer."""
    score = _CALIBRATION["bias"] + sum(_CALIBRATION[name] * value for name, value in signals.items())
    return 1 / (1 + math.exp(-score))


def _by_ranker(
    question: str, passages: Sequence[str], sentences: Sequence[Sentence], contexts: Sequence[str]
) -> _Judged:
    ranker = shipped_ranker()
    features = sentence_features(question, passages, sentences, contexts=contexts)
    scores = ranker.scores(features)
    signals = ranked_signals(scores, features, passages=np.array([sentence.passage for sentence in sentences]))
    worth = float(scores.max()) - math.log(2)  # at least half as likely as the best
    return _Judged(scores, worth, signals, ranker.confidence(signals), ranker.abstain_below)


def _by_similarity(
    question: str,
    passages: Sequence[str],
    sentences: Sequence[Sentence],
    similarities: np.ndarray | None,
    *,
    trust: float,
) -> _Judged:
    overlap = Overlap(question, passages, sentences)
    trust = 0.0 if similarities is None else trust
    similar = np.zeros(len(sentences)) if similarities is None else np.maximum(similarities, 0.0)
    lexical_share = 1 - trust * (1 - _LEXICAL_SHARE)
    scores = (1 - lexical_share) * similar + lexical_share * overlap.coverages
    scores = scores + _prior(question, sentences, overlap.passage_coverages)
    best = int(np.argmax(scores))
    rivals = [float(scores[i]) for i, s in enumerate(sentences) if s.passage != sentences[best].passage]
    signals = {
        "similarity": float(similar[best]) * trust,
        "coverage": float(overlap.coverages[best]),
        "passage_coverage": float(overlap.passage_coverages[sentences[best].passage]),
        "lead": float(scores[best]) - max(rivals, default=0.0),
    }
    return _Judged(scores, 0.6 * float(scores[best]), signals, confidence(signals), ABSTAIN_BELOW)


def _prior(question: str, sentences: Sequence[Sentence], passage_coverages: np.ndarray) -> np.ndarray:
    """What else speaks for a sentence: its passage, that passage's rank, a number where one is asked."""
    wants_number = bool(_NUMBER_ASKED.search(question))
    return np.array(
        [
            _PASSAGE_WEIGHT * passage_coverages[sentence.passage]
            + _RANK_WEIGHT / (1 + sentence.passage)
            + (_NUMBER_WEIGHT if wants_number and _NUMBER.search(sentence.text) else 0.0)
            for sentence in sentences
        ]
    )


def _span(sentence: Sentence, score: float) -> Span:
    return Span(
        passage=sentence.passage,
        start=sentence.start,
        end=sentence.end,
        sentence_start=sentence.start,
        sentence_end=sentence.end,
        score=score,
    )
