"""Questions paired with passages that do not answer them.

Half are other passages of the same article, half are the passages of the whole set that
share the question's rarest tokens: what a retriever brings. A passage that contains the
gold answer's tokens is never called wrong.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace

import numpy as np

from .data import UNANSWERED, Examples, Ints, Ragged

MAX_POSTINGS = 400  # a token in more passages than this says little about any


def add_unanswerable(examples: Examples, *, share: float, seed: int) -> Examples:
    """``examples`` with wrong passages added, until they are about ``share`` of all."""
    num_wanted = round(len(examples) * share / (1 - share))
    order = np.random.default_rng(seed).permutation(np.flatnonzero(examples.start != UNANSWERED))
    siblings, similar = Siblings(examples, seed=seed), Similar(examples.contexts)
    pairs: list[tuple[int, int]] = []
    for at in order[:num_wanted].tolist():
        question, own = int(examples.question_of[at]), int(examples.context_of[at])
        found = siblings.draw(own) if len(pairs) % 2 else similar.rank(examples.questions[question], limit=4)
        wrong = next((passage for passage in found if passage != own and not _answers(examples, at, passage)), None)
        if wrong is not None:
            pairs.append((question, wrong))
    return _with_pairs(examples, pairs)


class Siblings:
    """Other passages of the same article, in random order."""

    def __init__(self, examples: Examples, *, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._titles = examples.titles
        self._by_title: dict[int, list[int]] = defaultdict(list)
        for passage, title in enumerate(examples.titles.tolist()):
            self._by_title[title].append(passage)

    def draw(self, passage: int) -> list[int]:
        drawn: list[int] = self._random.permutation(self._by_title[int(self._titles[passage])])[:4].tolist()
        return drawn


class Similar:
    """The passages that share the most of a question's rare tokens."""

    def __init__(self, contexts: Ragged) -> None:
        self._postings: dict[int, list[int]] = defaultdict(list)
        for passage in range(len(contexts)):
            for token in np.unique(contexts[passage]).tolist():
                self._postings[token].append(passage)
        self._num_passages = len(contexts)

    def rank(self, question: Ints, *, limit: int) -> list[int]:
        scores: dict[int, float] = defaultdict(float)
        for token in set(question.tolist()):
            found = self._postings.get(token, [])
            if len(found) <= MAX_POSTINGS:
                rarity = math.log(self._num_passages / max(1, len(found)))
                for passage in found:
                    scores[passage] += rarity
        return sorted(scores, key=lambda passage: -scores[passage])[:limit]


def _answers(examples: Examples, at: int, passage: int) -> bool:
    own = examples.contexts[int(examples.context_of[at])]
    answer = own[examples.start[at] : examples.stop[at]]
    return answer.tobytes() in examples.contexts[passage].tobytes()


def _with_pairs(examples: Examples, pairs: list[tuple[int, int]]) -> Examples:
    def grown(column: Ints, values: list[int]) -> Ints:
        return np.concatenate([column, np.asarray(values, dtype=np.int32)])

    nothing = [UNANSWERED] * len(pairs)
    return replace(
        examples,
        question_of=grown(examples.question_of, [question for question, _ in pairs]),
        context_of=grown(examples.context_of, [passage for _, passage in pairs]),
        start=grown(examples.start, nothing),
        stop=grown(examples.stop, nothing),
        num_early=len(examples) + len(pairs),
    )
