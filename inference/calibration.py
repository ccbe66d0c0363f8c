"""How likely is it that the best answer is right: a logistic model over what the reader saw.

``features`` turns candidate answers from competing passages into the named numbers of
``FEATURES``; a fitted ``Calibration`` turns those into a probability. Training and engine
call the same function, so a probability means the same in both. Numpy only.
"""

from __future__ import annotations

import math
import re
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from .errors import ConfigError
from .sentences import split_sentences

FEATURES = (
    "margin",  # score of the best answer above its passage's no-answer score, within ±20
    "lead",  # margin of the best answer above that of the best different one, at most 10
    "mass",  # log of the best answer's share of exp(margin), over distinct answers and nothing (0)
    "agreement",  # share of the other passages whose best answer says the same
    "passage_coverage",  # share of the question's content words found in the answer's passage, or above it
    "sentence_coverage",  # the same, in the sentence the answer stands in
    "echo",  # share of the answer's words that the question already has
    "answer_words",  # log(1 + number of words in the answer)
    "rank",  # 1 / (1 + place of the answer's passage in the order given)
    "alone",  # 1 when there was one passage only, else 0
)

_WORD = re.compile(r"[^\W_\u4e00-\u9fff]+|[\u4e00-\u9fff]")
_STOP_WORDS = frozenset(
    _WORD.findall(
        "a an the of in on at to for from by with as and or but is are was were be been being do does did has have had "
        "what which who whom whose when where why how many much long often that this these those it its he she they "
        "his her their there than then not no can could will would should may might name called kind type"
    )
)
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation + "，。！？、；：“”‘’（）《》")
_ENDING = re.compile(r"(?<=\w{3})(?:ing|ed|es|ly|s|e)$")
_STEM = 5  # letters that decide, after the ending is gone, whether two words are one


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A possible answer: characters ``[start, end)`` of ``passages[passage]``.

    ``margin`` is start logit plus end logit, less both logits at [CLS] (the
    least no-answer score of the passage's windows).
    """

    passage: int
    start: int
    end: int
    margin: float


def answer_key(text: str) -> str:
    """What two answers share when they say the same: SQuAD's normalised form."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def ranked(passages: Sequence[str], candidates: Iterable[Candidate]) -> list[Candidate]:
    """The distinct answers, best first: no two of one wording, no two that overlap in a passage."""
    kept: list[Candidate] = []
    keys: set[str] = set()
    for candidate in sorted(candidates, key=lambda candidate: -candidate.margin):
        key = answer_key(_text(passages, candidate))
        if key in keys or any(_overlap(candidate, other) for other in kept):
            continue
        kept.append(candidate)
        keys.add(key)
    return kept


def features(
    question: str, passages: Sequence[str], candidates: Sequence[Candidate], *, contexts: Sequence[str] = ()
) -> dict[str, float]:
    """The numbers of ``FEATURES`` for the best of ``candidates``; there must be one.

    ``contexts`` [passages] are the titles and headings above them.
    """
    distinct = ranked(passages, candidates)
    best = distinct[0]
    asked = _content(question)
    words = _words(_text(passages, best))
    above = contexts[best.passage] if contexts else ""
    return {
        "margin": _within(best.margin, 20.0),
        "lead": min(10.0, best.margin - distinct[1].margin) if len(distinct) > 1 else 10.0,
        "mass": _log_share([candidate.margin for candidate in distinct]),
        "agreement": _agreement(passages, candidates, best),
        "passage_coverage": _share(asked, _content(f"{above} {passages[best.passage]}")),
        "sentence_coverage": _share(asked, _content(sentence_around(passages[best.passage], best))),
        "echo": _share(words, _words(question)),
        "answer_words": math.log1p(len(words)),
        "rank": 1.0 / (1 + best.passage),
        "alone": float(len(passages) == 1),
    }


def sentence_around(passage: str, candidate: Candidate) -> str:
    """The sentence that a candidate begins in; the whole passage where it is in none."""
    for start, end in split_sentences(passage):
        if start <= candidate.start < end:
            return passage[start:end]
    return passage


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A fitted logistic model; missing features fall back to the mean seen in fitting."""

    names: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    def __post_init__(self) -> None:
        lengths = {len(self.names), len(self.means), len(self.scales), len(self.weights)}
        if len(lengths) != 1:
            raise ConfigError(f"a calibration's columns must be of one length, got {sorted(lengths)}")
        if unknown := set(self.names) - set(FEATURES):
            raise ConfigError(f"unknown calibration features: {', '.join(sorted(unknown))}")
        numbers = (*self.means, *self.scales, *self.weights, self.bias)
        if not all(math.isfinite(number) for number in numbers) or any(scale <= 0 for scale in self.scales):
            raise ConfigError("a calibration's numbers must be finite, its scales positive")

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:  # Any: as json.loads gives it
        """The inverse of ``to_json``; raises ConfigError on anything else."""
        try:
            return cls(
                names=tuple(str(name) for name in kept["names"]),
                means=tuple(float(number) for number in kept["means"]),
                scales=tuple(float(number) for number in kept["scales"]),
                weights=tuple(float(number) for number in kept["weights"]),
                bias=float(kept["bias"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(f"not a calibration: {error!r}") from error

    def to_json(self) -> dict[str, Any]:  # Any: names and numbers, for json.dumps
        return asdict(self)

    def probability(self, seen: Mapping[str, float]) -> float:
        """The probability that the best answer is right, in (0, 1)."""
        rows = zip(self.names, self.means, self.scales, self.weights, strict=True)
        score = self.bias + sum(weight * (seen.get(name, mean) - mean) / scale for name, mean, scale, weight in rows)
        return float(1 / (1 + np.exp(-_within(score, 30.0))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """How likely answers to some kind of question are right, and the probability below which silence serves better."""

    calibration: Calibration
    abstain_below: float

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:  # Any: as json.loads gives it
        """The inverse of ``to_json``, other keys left alone; raises ConfigError on anything else."""
        try:
            return cls(
                calibration=Calibration.from_json(kept["calibration"]), abstain_below=float(kept["abstain_below"])
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(f"not a judgement: {error!r}") from error

    def to_json(self) -> dict[str, Any]:  # Any: names and numbers, for json.dumps
        return {"calibration": self.calibration.to_json(), "abstain_below": self.abstain_below}


def _text(passages: Sequence[str], candidate: Candidate) -> str:
    return passages[candidate.passage][candidate.start : candidate.end]


def _overlap(one: Candidate, other: Candidate) -> bool:
    return one.passage == other.passage and one.start < other.end and other.start < one.end


def _within(number: float, limit: float) -> float:
    return max(-limit, min(limit, number))


def _words(text: str) -> set[str]:
    return {_stem(word) for word in _WORD.findall(text.lower())}


def _content(text: str) -> set[str]:
    return {_stem(word) for word in _WORD.findall(text.lower()) if word not in _STOP_WORDS}


def _stem(word: str) -> str:
    return _ENDING.sub("", word)[:_STEM]


def _share(part: set[str], whole: set[str]) -> float:
    return len(part & whole) / len(part) if part else 0.0


def _log_share(margins: Sequence[float]) -> float:
    scores = np.asarray([0.0, *margins])
    highest = float(scores.max())
    return float(margins[0] - highest - np.log(np.exp(scores - highest).sum()))


def _agreement(passages: Sequence[str], candidates: Sequence[Candidate], best: Candidate) -> float:
    tops: dict[int, Candidate] = {}
    for candidate in sorted(candidates, key=lambda candidate: candidate.margin):
        tops[candidate.passage] = candidate
    key = answer_key(_text(passages, best))
    others = [top for passage, top in tops.items() if passage != best.passage and top.margin > 0]
    same = sum(answer_key(_text(passages, top)) == key for top in others)
    return same / max(1, len(passages) - 1)
