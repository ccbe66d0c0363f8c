"""What a reader meets in the product: a question and the passages retrieved for it.

Built from a dev set whose paragraphs form one collection: with the right passage among
them, without it, alone, a wrong one alone, and with the question twisted. The articles
used to fit a calibration are never those that report on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from tokenizers import Tokenizer

from .data import Question, Ragged
from .negatives import Similar
from .perturb import twisted

Kind = Literal["retrieved", "missing", "given", "wrong"]
KINDS: tuple[Kind, ...] = ("retrieved", "missing", "given", "wrong")
SHARES = (0.45, 0.2, 0.2, 0.15)
TWISTED_SHARE = 0.2  # of the questions, before a kind is drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A question with its passages in retrieved order, and what would be right: some words, or any of a passage."""

    question: str
    passages: tuple[str, ...]
    titles: tuple[str, ...]  # of the passages' articles; "" for none
    golds: tuple[str, ...]
    is_answerable: bool
    evidence: str | None = None  # the passage that decides a question of yes or no


class CaseMaker:
    """Retrieves from the paragraphs of ``questions`` by their rare tokens.

    ``titled`` is the share of mixed cases whose passages come below their titles: not every document has one.
    """

    def __init__(
        self, questions: Sequence[Question], tokenizer: Tokenizer, *, titled: float = 0.0, num_passages: int = 5
    ) -> None:
        self._passages = list(dict.fromkeys(question.context for question in questions))
        encodings = tokenizer.encode_batch(self._passages, add_special_tokens=False)
        self._similar = Similar(Ragged.of(encoding.ids for encoding in encodings))
        self._title_of = {question.context: question.title.replace("_", " ") for question in questions}
        self._tokenizer = tokenizer
        self._titled, self._num_passages = titled, num_passages

    def mixed(self, questions: Sequence[Question], *, seed: int) -> list[Case]:
        """One case a question: some twisted on their own passage, the others of ``KINDS`` by ``SHARES``."""
        random = np.random.default_rng(seed)
        chosen = [question for question in questions if random.random() < TWISTED_SHARE]
        refused = twisted(chosen, limit=len(chosen), seed=seed)
        replaced = {question.id.removesuffix("-twisted") for question in refused}
        made = [self.case(question, "given", titled=random.random() < self._titled) for question in refused]
        for question in questions:
            kind, titled = KINDS[random.choice(len(KINDS), p=SHARES)], random.random() < self._titled
            if question.id not in replaced:
                made.append(self.case(question, kind, titled=titled))
        return [case for case in made if case.passages]

    def case(self, question: Question, kind: Kind, *, titled: bool = False) -> Case:
        if kind == "given":
            passages = [question.context]
        elif kind == "retrieved":
            passages = self._retrieve(question.question)[: self._num_passages]
        else:
            others = [passage for passage in self._retrieve(question.question) if passage != question.context]
            passages = others[: 1 if kind == "wrong" else self._num_passages]
        return Case(
            question=question.question,
            passages=tuple(passages),
            titles=tuple(self._title_of.get(passage, "") if titled else "" for passage in passages),
            golds=tuple(answer.text for answer in question.answers),
            is_answerable=bool(question.answers) and question.context in passages,
        )

    def yes_no(self, questions: Sequence[Question], *, seed: int) -> list[Case]:
        """One case a question of yes or no, whose context decides it, of ``KINDS`` by ``SHARES``."""
        random = np.random.default_rng(seed)
        made = [
            self.case(question, KINDS[random.choice(len(KINDS), p=SHARES)], titled=random.random() < self._titled)
            for question in questions
        ]
        deciding = [
            question.context if question.context in case.passages else None
            for question, case in zip(questions, made, strict=True)
        ]
        return [
            replace(case, golds=(), evidence=evidence, is_answerable=evidence is not None)
            for case, evidence in zip(made, deciding, strict=True)
            if case.passages
        ]

    def _retrieve(self, question: str) -> list[str]:
        ids = np.asarray(self._tokenizer.encode(question, add_special_tokens=False).ids, dtype=np.int32)
        return [self._passages[at] for at in self._similar.rank(ids, limit=self._num_passages + 1)]


def halves(questions: Sequence[Question]) -> tuple[list[Question], list[Question]]:
    """The questions of the first half of the articles, and of the rest."""
    titles = list(dict.fromkeys(question.title for question in questions))
    first = set(titles[: len(titles) // 2])
    return (
        [question for question in questions if question.title in first],
        [question for question in questions if question.title not in first],
    )


def sample(questions: Sequence[Question], *, limit: int | None, seed: int) -> list[Question]:
    """At most ``limit`` of them, drawn evenly, in their order."""
    if limit is None or limit >= len(questions):
        return list(questions)
    chosen = np.random.default_rng(seed).choice(len(questions), size=limit, replace=False)
    return [questions[at] for at in sorted(chosen.tolist())]
