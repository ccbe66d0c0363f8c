"""Questions paired with the passages that a reader takes for their answer, though another one holds it.

What people ask about one paragraph of an article often nearly fits another: who took a town, of the
year before. A wrong passage drawn at random is soon refused without a look; these are the ones a
reader has yet to learn (hard negatives, as retrievers mine them: Xiong et al., 2021).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from inference.score import normalised

from .data import Question, Ragged
from .negatives import Similar

Scores = Callable[[str, Sequence[str]], Sequence[float]]  # question, passages → margin over no answer, of each
Tokens = Callable[[str], Sequence[int]]

PASSAGES = 3  # of its article, that a question is tried on
_FOOLED = 0.0  # the margin from which the reader would rather answer


def mined(
    questions: Sequence[Question], scores: Scores, tokens: Tokens, *, limit: int, seed: int
) -> Iterator[Question]:
    """At most ``limit`` questions in random order, each on the passage that fooled the reader most."""
    rivals = Rivals(questions, tokens)
    order = np.random.default_rng(seed).permutation(len(questions)).tolist()
    return islice((found for at in order if (found := _fooled(questions[at], rivals, scores))), limit)


def _fooled(question: Question, rivals: Rivals, scores: Scores) -> Question | None:
    passages = rivals.of(question)
    if not passages:
        return None
    margin, passage = max(zip(scores(question.question, passages), passages, strict=True))
    return replace(question, id=f"{question.id}-mined", context=passage, answers=()) if margin > _FOOLED else None


class Rivals:
    """The other passages of a question's article that share most of its rare words and none of its answers."""

    def __init__(self, questions: Sequence[Question], tokens: Tokens) -> None:
        self._tokens = tokens
        self._by_title: dict[str, dict[str, None]] = defaultdict(dict)
        for question in questions:
            self._by_title[question.title][question.context] = None
        self._passages = {title: list(passages) for title, passages in self._by_title.items()}
        self._similar: dict[str, Similar] = {}

    def of(self, question: Question) -> list[str]:
        passages = self._passages[question.title]
        if question.title not in self._similar:
            self._similar[question.title] = Similar(Ragged.of(list(self._tokens(passage)) for passage in passages))
        asked = np.asarray(self._tokens(question.question), dtype=np.int32)
        golds = [normalised(answer.text) for answer in question.answers]
        ranked = (passages[at] for at in self._similar[question.title].rank(asked, limit=4 * PASSAGES))
        others = (passage for passage in ranked if passage != question.context)
        right = (passage for passage in others if not any(gold in normalised(passage) for gold in golds))
        return [passage for passage, _ in zip(right, range(PASSAGES), strict=False)]
