"""Which sentence answers a question in a script without spaces: a small network over what the two share.

The packaged encoder cannot read Chinese, so nothing here understands it: the features say
which words are shared and how they lie, what kind of thing is asked, and whether the
sentence holds a thing of that kind. `python -m inference.training sentences` fits the weights;
the features are the same there and here.
"""

from __future__ import annotations

import functools
import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from inference.errors import ConfigError

from .terms import Overlap, Sentence

# What is asked for → what a sentence that tells it looks like.
_KINDS = {
    "time": (
        r"何时|什么时候|什么时间|哪一?年|哪天|哪月|[几多]年|几月|几日|年份|日期|时间|多久",
        r"\d[年月日]|[〇零一二三四五六七八九十]{2,4}年|世纪|年代|时期|朝|时",
    ),
    "number": (r"多少|几|多大|多长|多高|多远|多重|数量|人口|面积", r"[\d一二两三四五六七八九十百千万亿]"),
    "person": (r"谁|哪位|什么人|何人|哪些人|作者|导演|创始人", r"·|由|者|家|王|张|李|陈|刘|杨|黄|人"),
    "place": (
        r"哪里|哪儿|何处|什么地方|何地|哪一?个(?:国家|城市|省|地区|县|市|区)|位于|产地|分布",
        r"位于|在|[省市县区国州岛部]|产|分布",
    ),
    "reason": (r"为什么|为何|原因|何故|怎么会", r"因|由于|为了|所以|导致|使得|以致|故"),
    "name": (
        r"叫什么|名字|名称|什么名|别名|别称|称为|简称|又称|全称|英文名|笔名|原名|本名|绰号",
        r"[叫称名简又原《“「|]",
    ),
    "work": (r"哪一?[部首本张]|作品|专辑|歌曲|电影|小说|书", r"[《〈“]"),
    "several": (r"哪些|哪几|包括|有哪", r"[、和及有]|包括|分别|以及"),
    "manner": (r"怎样|怎么|如何|什么样", r"，"),
}
_ASKED = re.compile(
    r"什么时候|什么时间|什么地方|什么原因|什么人|为什么|为何|何[时处地人]|什么|哪一?[个些位年种座所部家名里儿天月次场支条款届]"
    r"|哪|谁|多[少大长高久远]|几|怎样|怎么样?|如何|何"
)
_COUNTED = re.compile(r"(?:多少|几)([\u4e00-\u9fff])")
_DIGITS = "[\\d一二两三四五六七八九十百千万亿余多]"
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_ANCHOR = re.compile(r"《[^》]{1,30}》|“[^”]{1,30}”|[A-Za-z][A-Za-z0-9.+-]+|\d+(?:\.\d+)?")
_CLAUSE = re.compile("[，,；;。]")
_LONGEST_RUN = 8
_NEAR = 4  # characters on each side of the asking word

FEATURES = (
    *("coverage", "passage_coverage", "rank", "first_passage", "run", "short_run"),
    *("coverage_with_previous", "coverage_with_next", "coverage_of_previous", "coverage_of_next"),
    *("coverage_behind_best", "length", "tiny", "opens_passage", "place", "bigrams", "trigrams"),
    *("before_asked", "after_asked", "around_asked", "clause_bigrams", "rarest", "new_terms"),
    *("anchors", "new_number", "counted", "asks"),
    *_KINDS,
)  # fmt: skip


def sentence_features(
    question: str, passages: Sequence[str], sentences: Sequence[Sentence], *, contexts: Sequence[str] = ()
) -> np.ndarray:
    """float32 [sentences, FEATURES]; passages come best first.

    What the titles and headings above a passage say, ``contexts``, is said of all its sentences.
    """
    contexts = contexts or [""] * len(passages)
    overlap = Overlap(question, passages, sentences, contexts=contexts)
    asked = _ASKED.search(question)
    before = question[max(0, asked.start() - _NEAR) : asked.start()] if asked else ""
    after = question[asked.end() : asked.end() + _NEAR] if asked else ""
    around = before[-2:] + after[:2]
    clause = next((part for part in reversed(_CLAUSE.split(question.rstrip("？?。 "))) if part), question)
    runs = {size: _grams(question, size) for size in range(2, _LONGEST_RUN + 1)}
    numbers = set(_NUMBER.findall(question))
    anchors_of = [set(_ANCHOR.findall(question)) - set(_ANCHOR.findall(context)) for context in contexts]
    counted = _COUNTED.search(question)
    measure = re.compile(_DIGITS + re.escape(counted[1])) if counted else None
    kinds = [re.compile(told) if re.search(ask, question) else None for ask, told in _KINDS.values()]
    wants_number = kinds[0] is not None or kinds[1] is not None
    best_in = [0.0] * len(passages)
    for sentence, coverage in zip(sentences, overlap.coverages, strict=True):
        best_in[sentence.passage] = max(best_in[sentence.passage], float(coverage))

    rows = []
    for at, sentence in enumerate(sentences):
        text, shared, coverage = sentence.text, overlap.shared[at], float(overlap.coverages[at])
        anchors = anchors_of[sentence.passage]
        previous = overlap.shared[at - 1] if at and sentences[at - 1].passage == sentence.passage else set()
        is_last = at + 1 == len(sentences) or sentences[at + 1].passage != sentence.passage
        following = set() if is_last else overlap.shared[at + 1]
        run = next((size for size in range(_LONGEST_RUN, 1, -1) if any(gram in text for gram in runs[size])), 1)
        rows.append(
            (
                *(coverage, float(overlap.passage_coverages[sentence.passage]), 1 / (1 + sentence.passage)),
                *(float(sentence.passage == 0), run / max(1, len(question)), run / _LONGEST_RUN),
                *(overlap.share(shared | previous), overlap.share(shared | following)),
                *(overlap.share(previous), overlap.share(following), best_in[sentence.passage] - coverage),
                *(math.log1p(len(text)) / 5, float(len(text) < 12), float(sentence.start == 0)),
                sentence.start / max(1, len(passages[sentence.passage])),
                *(_held(runs[2], text), _held(runs[3], text)),
                *(
                    _held(_grams(before, 2), text),
                    _held(_grams(after, 2), text),
                    float(bool(around) and around in text),
                ),
                _held(_grams(clause, 2), text),
                max((overlap.weight[term] for term in shared), default=0.0) / 5,
                min(int(overlap.num_new[at]), 60) / 60,
                _held(anchors, text) if anchors else 0.5,
                float(wants_number and bool(set(_NUMBER.findall(text)) - numbers)),
                float(measure is not None and bool(measure.search(text))),
                float(text.rstrip().endswith(("？", "?"))),
                *(float(told is not None and bool(told.search(text))) for told in kinds),
            )
        )
    return np.array(rows, dtype=np.float32).reshape(len(rows), len(FEATURES))


@dataclass(frozen=True, slots=True)
class SentenceRanker:
    """One hidden layer over the features; higher scores answer better. Numpy only."""

    mean: np.ndarray  # [features]
    deviation: np.ndarray  # [features]
    hidden: np.ndarray  # [features + 1, hidden], the last row added
    output: np.ndarray  # [hidden + 1], the last number added
    calibration: Mapping[str, float]
    abstain_below: float
    fingerprint: str = ""

    @classmethod
    def load(cls, path: Path) -> Self:
        """From JSON; ConfigError when it is not there or was fitted on other features."""
        try:
            text = path.read_text(encoding="utf-8")
            kept: dict[str, Any] = json.loads(text)  # Any: JSON
            if tuple(kept["features"]) != FEATURES:
                raise ConfigError(f"{path} was fitted on other features: run `python -m inference.training sentences`")
            return cls(
                **{name: np.array(kept[name], dtype=np.float32) for name in ("mean", "deviation", "hidden", "output")},
                calibration=kept["calibration"],
                abstain_below=kept["abstain_below"],
                fingerprint=hashlib.sha256(text.encode()).hexdigest()[:16],
            )
        except (OSError, KeyError, ValueError) as error:
            raise ConfigError(f"{path} is no sentence ranker: {error}") from error

    def scores(self, features: np.ndarray) -> np.ndarray:
        """float32 [sentences]."""
        inside = np.maximum((features - self.mean) / self.deviation @ self.hidden[:-1] + self.hidden[-1], 0.0)
        return np.asarray(inside @ self.output[:-1] + self.output[-1], dtype=np.float32)

    def confidence(self, signals: Mapping[str, float]) -> float:
        """The probability that the passages hold an answer at all."""
        score = self.calibration["bias"] + sum(self.calibration[name] * value for name, value in signals.items())
        return 1 / (1 + math.exp(-score))


def ranked_signals(scores: np.ndarray, features: np.ndarray, *, passages: np.ndarray) -> dict[str, float]:
    """What speaks for there being an answer: the best sentence, and how much of the question its passage shares.

    ``scores`` and ``passages`` are [sentences], ``features`` is [sentences, FEATURES].
    """
    best = int(np.argmax(scores))
    inside = features[passages == passages[best]]
    others = scores[passages != passages[best]]
    in_passage = {name: float(inside[:, FEATURES.index(name)].max()) for name in ("run", "bigrams", "anchors")}
    return {
        "score": float(scores[best]),
        "share": float(1 / np.exp(scores - scores[best]).sum()),
        "lead": min(10.0, float(scores[best] - others.max())) if len(others) else 10.0,
        "coverage": float(features[best, FEATURES.index("coverage")]),
        "passage_coverage": float(features[best, FEATURES.index("passage_coverage")]),
        **{f"passage_{name}": value for name, value in in_passage.items()},
    }


@functools.cache
def shipped_ranker() -> SentenceRanker:
    """The ranker that the product carries."""
    return SentenceRanker.load(Path(__file__).parents[1] / "checkpoints" / "sentences" / "ranker.json")


def _grams(text: str, size: int) -> set[str]:
    return {text[i : i + size] for i in range(len(text) - size + 1)}


def _held(parts: set[str], text: str) -> float:
    """The share of ``parts`` that stand in ``text``."""
    return sum(part in text for part in parts) / len(parts) if parts else 0.0
