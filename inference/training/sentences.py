"""Fit the sentence ranker of `inference/reading/ranking.py`: for scripts that the encoder cannot read.

Each question meets the passages that share its rarest terms, once with its own passage
among them and once without its own article; a sentence of its own passage that holds the
answer should come first. The network is fitted on whole questions (a softmax over all
their sentences), the probability that there is an answer on what it then puts first.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from inference.reading.ranking import FEATURES, SentenceRanker, ranked_signals, sentence_features
from inference.reading.terms import evidence_terms, sentences_of
from inference.score import auroc, best_threshold, interval
from inference.sentences import split_sentences

from .calibrate import logistic
from .data import Question, Ragged
from .negatives import Similar

NUM_PASSAGES = 6
HIDDEN = 32
PIECE_CHARS = 230
_STEPS, _BATCH, _RATE, _DECAY = 1600, 1024, 0.01, 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """The sentences a question meets: what is known of them, and which of them hold its answer."""

    features: np.ndarray  # [sentences, features]
    passages: np.ndarray  # [sentences] int
    holds: np.ndarray  # [sentences] bool: the answer stands in it
    is_own: np.ndarray  # [sentences] bool: of the question's own passage


class Meeting:
    """Brings the passages of ``questions`` before a question, the likeliest first.

    Every second text is cut into pieces of the size that ingestion makes, so the ranker knows short passages and long.
    """

    def __init__(self, questions: Sequence[Question]) -> None:
        texts = list(dict.fromkeys(question.context for question in questions))
        titles = {question.context: question.title for question in questions}
        cut = [(piece, text) for at, text in enumerate(texts) for piece in (_pieces(text) if at % 2 else [text])]
        self._passages = [piece for piece, _ in cut]
        self._texts = [text for _, text in cut]
        self._titles = [titles[text] for text in self._texts]
        self._ids: dict[str, int] = {}
        rows = [
            [self._ids.setdefault(term, len(self._ids)) for term in sorted(evidence_terms(p))] for p in self._passages
        ]
        self._similar = Similar(Ragged.of(rows))

    def meet(self, question: Question, *, present: bool, titled: bool = False) -> Ranked | None:
        """None when nothing is found; ``titled`` passages come below their articles' titles."""
        terms = [self._ids[term] for term in sorted(evidence_terms(question.question)) if term in self._ids]
        found = self._similar.rank(np.asarray(terms, dtype=np.int32), limit=NUM_PASSAGES if present else 60)
        if not present:
            found = [at for at in found if self._titles[at] != question.title and self._texts[at] != question.context]
        found = found[:NUM_PASSAGES]
        given = [self._passages[at] for at in found]
        contexts = [self._titles[at] for at in found] if titled else []
        sentences = sentences_of(given)
        if not sentences:
            return None
        answers = [answer.text for answer in question.answers]
        return Ranked(
            features=sentence_features(question.question, given, sentences, contexts=contexts),
            passages=np.array([sentence.passage for sentence in sentences]),
            holds=np.array([present and any(answer in sentence.text for answer in answers) for sentence in sentences]),
            is_own=np.array([self._texts[found[sentence.passage]] == question.context for sentence in sentences]),
        )


def train(questions: Sequence[Question], *, seed: int) -> SentenceRanker:
    """The ranker and its calibration, from one set; every question meets passages without titles and with them."""
    meeting = Meeting(questions)
    present, absent = (
        [
            met
            for titled in (False, True)
            for question in asked
            if (met := meeting.meet(question, present=is_present, titled=titled))
        ]
        for is_present, asked in ((True, questions), (False, questions[::2]))
    )
    ranker = _fit_network([met for met in present if (met.holds & met.is_own).any()], seed=seed)
    return _calibrated(ranker, present, absent)


def figures(ranker: SentenceRanker, questions: Sequence[Question], *, titled: bool = False) -> dict[str, object]:
    """What the ranker reaches on a set it was not fitted on."""
    meeting = Meeting(questions)
    present, absent = (
        [met for question in asked if (met := meeting.meet(question, present=is_present, titled=titled))]
        for is_present, asked in ((True, questions), (False, questions[::4]))
    )
    right = [bool(met.holds[np.argmax(ranker.scores(met.features))]) for met in present]
    sure = np.array([ranker.confidence(_signals(ranker, met)) for met in [*present, *absent]])
    is_present = [True] * len(present) + [False] * len(absent)
    said = sure >= ranker.abstain_below
    return {
        "questions": len(questions),
        "top_sentence_right": round(float(np.mean(right)), 4),
        "interval": [round(end, 4) for end in interval([float(x) for x in right])],
        "auroc_present": round(auroc(sure.tolist(), is_present), 4),
        "said_when_present": round(float(said[: len(present)].mean()), 4),
        "said_when_absent": round(float(said[len(present) :].mean()), 4),
        "right_and_said": round(float((np.array(right) & said[: len(present)]).mean()), 4),
    }


def write(ranker: SentenceRanker, path: Path, *, record: dict[str, object]) -> None:
    """JSON, numbers to six digits: the file that the product carries."""
    kept = {
        "features": FEATURES,
        "mean": _plain(ranker.mean),
        "deviation": _plain(ranker.deviation),
        "hidden": _plain(ranker.hidden),
        "output": _plain(ranker.output),
        "calibration": {name: round(value, 4) for name, value in ranker.calibration.items()},
        "abstain_below": round(ranker.abstain_below, 3),
        "record": record,
    }
    path.write_text(json.dumps(kept, ensure_ascii=False) + "\n", encoding="utf-8")


def _fit_network(met: Sequence[Ranked], *, seed: int) -> SentenceRanker:
    torch.manual_seed(seed)
    everything = np.concatenate([each.features for each in met])
    mean, deviation = everything.mean(axis=0), everything.std(axis=0) + 1e-4
    longest = max(len(each.features) for each in met)
    inputs = torch.zeros(len(met), longest, len(FEATURES))
    is_there, is_right = torch.zeros(2, len(met), longest, dtype=torch.bool)
    for at, each in enumerate(met):
        count = len(each.features)
        inputs[at, :count] = torch.from_numpy((each.features - mean) / deviation)
        is_there[at, :count] = True
        is_right[at, :count] = torch.from_numpy(each.holds & each.is_own)
    hidden, output = torch.nn.Linear(len(FEATURES), HIDDEN), torch.nn.Linear(HIDDEN, 1)
    network = torch.nn.Sequential(hidden, torch.nn.ReLU(), output)
    optimizer = torch.optim.Adam(network.parameters(), lr=_RATE, weight_decay=_DECAY)
    for step in range(_STEPS):
        for group in optimizer.param_groups:
            group["lr"] = _RATE * (1 - step / _STEPS)
        chosen = torch.randperm(len(met))[:_BATCH]
        scores = network(inputs[chosen]).squeeze(-1).masked_fill(~is_there[chosen], -1e9)
        right = torch.logsumexp(scores.masked_fill(~is_right[chosen], -1e9), dim=1)
        loss = (torch.logsumexp(scores, dim=1) - right).mean()
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
    with torch.no_grad():
        return SentenceRanker(
            mean=mean.astype(np.float32),
            deviation=deviation.astype(np.float32),
            hidden=torch.cat([hidden.weight.T, hidden.bias[None]]).numpy(),
            output=torch.cat([output.weight[0], output.bias]).numpy(),
            calibration={},
            abstain_below=0.5,
        )


def _calibrated(ranker: SentenceRanker, present: Sequence[Ranked], absent: Sequence[Ranked]) -> SentenceRanker:
    """The probability that there is an answer, and the level below which silence is better.

    Of presence, not of the sentence being right: fitted on the latter, the same share of
    refusals withheld a tenth more of the questions that the passages do answer. The level
    is where right answers and right silence together are most.
    """
    signals = [_signals(ranker, met) for met in (*present, *absent)]
    is_present = np.array([1.0] * len(present) + [0.0] * len(absent))
    table = np.array([list(row.values()) for row in signals])
    means, scales, (*weights, bias) = logistic(table, is_present)
    plain = np.array(weights) / scales
    calibration = {"bias": float(bias - means @ plain), **dict(zip(signals[0], plain.tolist(), strict=True))}
    fitted = replace(ranker, calibration=calibration)
    sure = [fitted.confidence(row) for row in signals]
    right = [float(met.holds[np.argmax(ranker.scores(met.features))]) for met in (*present, *absent)]
    level, _ = best_threshold(sure, right, (1 - is_present).tolist())
    return replace(fitted, abstain_below=level)


def _signals(ranker: SentenceRanker, met: Ranked) -> dict[str, float]:
    return ranked_signals(ranker.scores(met.features), met.features, passages=met.passages)


def _pieces(text: str) -> list[str]:
    """Whole sentences together, up to the characters of a passage."""
    pieces: list[str] = []
    first = last = 0
    for start, end in split_sentences(text):
        if end - first > PIECE_CHARS and last > first:
            pieces.append(text[first:last])
            first = start
        last = end
    return [*pieces, text[first:last]] if last > first else pieces


def _plain(array: np.ndarray) -> list[object]:
    plain: list[object] = np.round(array.astype(np.float64), 6).tolist()
    return plain
