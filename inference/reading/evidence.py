"""The sentence that best supports an answer: encoder similarity and rare words shared, verbatim.

Needs no trained reader. Similarity counts as much of the score as the encoder's vocabulary
knows of the question; for Chinese, which the packaged encoder cannot read, the shared
characters decide alone.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.sentences import split_sentences
from inference.types import Reading, Span

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
_TOKEN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_ENDING = re.compile(r"(?<=\w{3})(?:ing|ed|es|ly|s|e)$")
_FRAME = frozenset(
    """a an the of in on at to for from by with as and or but is are was were be been being do does did has have had
    what which who whom whose when where why how much many long often that this these those it its can could will would
    should may might there then than not 什么 哪些 哪个 多少 怎么 怎样 如何 为什 是什 么是 有哪 的是""".split()  # noqa: SIM905
)
_NUMBER_ASKED = re.compile(
    r"多少|几|哪一?年|何时|什么时候|时间|年份|日期|\b(?:when|how (?:many|much|old|long|far)|what (?:year|date))\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d|[一二三四五六七八九十百千万]")
_COMMON = frozenset("的是了在和什么哪谁多少几有为与及其之以吗呢吧")

# Chosen on cmrc2018.train (benchmarks/LOG.md): what a sentence's passage and its place tell about it.
_LEXICAL_SHARE = 0.5
_PASSAGE_WEIGHT = 0.6
_RANK_WEIGHT = 0.4
_NUMBER_WEIGHT = 0.15
_CHARACTER_WEIGHT = 0.5
_MAX_SENTENCE_CHARS = 1000

# Logistic weights, fitted as `python -m benchmarks.evidence` does; the figures are in benchmarks/LOG.md.
_CALIBRATION = {
    "en": {"bias": -7.2, "similarity": 7.2, "coverage": 5.9, "passage_coverage": -4.2, "lead": 5.0},
    "cjk": {"bias": -4.0, "similarity": 0.0, "coverage": 3.4, "passage_coverage": 0.75, "lead": 2.1},
}
ABSTAIN_BELOW = 0.35
ABSTAIN_BELOW_CJK = 0.22  # on cmrc2018.dev: 0.9 of what can be answered is, and 0.1 of what cannot


@dataclass(frozen=True, slots=True)
class Sentence:
    """Characters ``[start, end)`` of a passage."""

    passage: int
    start: int
    end: int
    text: str


def sentences_of(passages: Sequence[str]) -> list[Sentence]:
    """Every sentence of every passage, in order."""
    return [
        Sentence(number, start, end, passage[start : min(end, start + _MAX_SENTENCE_CHARS)])
        for number, passage in enumerate(passages)
        for start, end in split_sentences(passage)
    ]


def read_evidence(
    question: str,
    passages: Sequence[str],
    sentences: Sequence[Sentence],
    similarities: np.ndarray | None,
    *,
    trust: float,
    max_spans: int,
) -> Reading:
    """The best supporting sentences of passages that come best first.

    ``similarities`` [sentences] are cosines with the question; None: not known.
    """
    if not sentences:
        return Reading(spans=(), confidence=0.0, passage_scores=(0.0,) * len(passages))
    coverages, passage_coverages = _coverages(question, passages, sentences)
    trust = 0.0 if similarities is None else trust
    similar = np.zeros(len(sentences)) if similarities is None else np.maximum(similarities, 0.0)
    lexical_share = 1 - trust * (1 - _LEXICAL_SHARE)
    scores = (1 - lexical_share) * similar + lexical_share * coverages
    scores = scores + _prior(question, sentences, passage_coverages)
    order = np.argsort(-scores, kind="stable")
    best = int(order[0])
    worth = 0.6 * scores[best]
    rivals = [float(scores[i]) for i in order[1:] if sentences[i].passage != sentences[best].passage]
    signals = {
        "similarity": float(similar[best]) * trust,
        "coverage": float(coverages[best]),
        "passage_coverage": float(passage_coverages[sentences[best].passage]),
        "lead": float(scores[best]) - max(rivals, default=0.0),
    }
    return Reading(
        spans=tuple(_span(sentences[i], float(scores[i])) for i in order[:max_spans] if scores[i] >= worth),
        confidence=confidence(signals, cjk=trust < 0.5),
        passage_scores=tuple(
            max((float(score) for s, score in zip(sentences, scores, strict=True) if s.passage == number), default=0.0)
            for number in range(len(passages))
        ),
        abstain_below=ABSTAIN_BELOW_CJK if trust < 0.5 else ABSTAIN_BELOW,
        signals=signals,
    )


def confidence(signals: dict[str, float], *, cjk: bool) -> float:
    """The probability that the best sentence holds the answer."""
    weights = _CALIBRATION["cjk" if cjk else "en"]
    score = weights["bias"] + sum(weights[name] * value for name, value in signals.items())
    return 1 / (1 + math.exp(-score))


def evidence_terms(text: str) -> set[str]:
    """Stemmed words, and bigrams where words have no spaces, without the words that frame a question."""
    found: set[str] = set()
    for token in _TOKEN.findall(text.lower()):
        if re.match(f"[{_CJK}]", token):
            found.update(pair for i in range(len(token) - 1) if not _COMMON & set(pair := token[i : i + 2]))
            found.update(character for character in token if character not in _COMMON)
        elif token not in _FRAME:
            found.add(_ENDING.sub("", token))
    return found - _FRAME


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


def _coverages(question: str, passages: Sequence[str], sentences: Sequence[Sentence]) -> tuple[np.ndarray, np.ndarray]:
    """The share of the question's terms, rare ones counting more, in each sentence and in each passage."""
    asked = evidence_terms(question)
    in_sentences = [evidence_terms(sentence.text) for sentence in sentences]
    in_passages = [evidence_terms(passage) for passage in passages]
    held = Counter(term for terms in in_sentences for term in terms & asked)
    weight = {
        term: math.log(1 + len(sentences) / (0.5 + held[term])) * (_CHARACTER_WEIGHT if _is_character(term) else 1.0)
        for term in asked
    }
    total = sum(weight.values()) or 1.0
    return (
        np.array([sum(weight[term] for term in terms & asked) / total for terms in in_sentences]),
        np.array([sum(weight[term] for term in terms & asked) / total for terms in in_passages]),
    )


def _is_character(term: str) -> bool:
    return len(term) == 1 and not term.isascii()


def _span(sentence: Sentence, score: float) -> Span:
    return Span(
        passage=sentence.passage,
        start=sentence.start,
        end=sentence.end,
        sentence_start=sentence.start,
        sentence_end=sentence.end,
        score=score,
    )
