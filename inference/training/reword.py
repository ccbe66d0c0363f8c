"""Questions asked in other words than their passage's: what a person asks who has not read it.

Who wrote a reading set had the passage before them and asked in its words, so a reader learns to look for
the question's words (Sugawara et al., 2018). Here words that a question shares with the sentence that answers
it give way to their neighbours among the encoder's words, as synonyms do in Shinoda et al. (2021).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np

from inference.sentences import split_sentences
from inference.weights.loader import read_weights

from .data import Question, load_tokenizer
from .perturb import OPPOSITES

Vectors = Callable[[Sequence[str]], np.ndarray]  # texts → [texts, size], of length one

_WORD = re.compile(r"\b[a-z]{4,}\b")
_NEIGHBOURS = 6
_LEAST_NEAR = 0.44  # cosine of two words
_LEAST_LIKE = 0.9  # cosine of two questions
_VARIANTS = 3
_TOGETHER = 256  # questions
_STEM = 4  # letters
_OF_A_KIND = """
    second third fourth fifth sixth seventh eighth ninth tenth three four five seven eight nine eleven twelve
    twenty thirty forty fifty sixty hundred hundreds thousand thousands million millions billion billions dozen half
    once twice double triple single hour hours minute minutes seconds daily weekly week weeks month months monthly
    year years yearly annual annually days night nights decade decades century centuries morning evening
    spring summer autumn winter northern southern eastern western north south east west northeast southeast
    northwest southwest left right upper lower from with without have been were their there these those this that
    them they what when where which while whom whose will would could should does being about after before above
    below between during into onto over under than then only also other others another some many much more most
    less least fewer each every both either neither such same different highest lowest smallest largest smaller
    black white green blue yellow brown purple orange
"""
_WITHOUT_SYNONYM = frozenset(_OF_A_KIND.split())  # their neighbours are others of their kind


class Neighbours:
    """The words near a word: ``table`` [words, size] holds the embeddings of ``words``."""

    def __init__(self, words: Sequence[str], table: np.ndarray) -> None:
        kept = [at for at, word in enumerate(words) if _WORD.fullmatch(word)]
        self._words = [words[at] for at in kept]
        self._place = {word: at for at, word in enumerate(self._words)}
        centred = table[kept] - table[kept].mean(axis=0)
        self._table = centred / np.linalg.norm(centred, axis=1, keepdims=True)
        self._known = dict[str, tuple[str, ...]]()

    @classmethod
    def read(cls, encoder: Path) -> Self:
        """Of an encoder's folder."""
        table = next(value for name, value in read_weights(encoder).items() if name.endswith("word_embeddings.weight"))
        vocabulary = load_tokenizer(encoder).get_vocab()
        return cls(sorted(vocabulary, key=vocabulary.__getitem__), table.float().numpy())

    def of(self, word: str) -> tuple[str, ...]:
        """Of another stem, of the same ending, and not its opposite; the nearest first."""
        if word not in self._known:
            self._known[word] = self._found(word)
        return self._known[word]

    def _found(self, word: str) -> tuple[str, ...]:
        at = self._place.get(word)
        if at is None or word in _WITHOUT_SYNONYM:
            return ()
        near = self._table @ self._table[at]
        nearest = np.argsort(-near)[: 2 * _NEIGHBOURS].tolist()
        others = [self._words[other] for other in nearest if near[other] >= _LEAST_NEAR]
        return tuple(other for other in others if _can_stand_for(other, word))[:_NEIGHBOURS]


def reworded(
    questions: Sequence[Question], neighbours: Neighbours, vectors: Vectors, *, limit: int, seed: int
) -> list[Question]:
    """At most ``limit`` questions in other words, each with its own answer."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(questions)).tolist()
    made: list[Question] = []
    while order and len(made) < limit:
        some, order = [questions[at] for at in order[:_TOGETHER]], order[_TOGETHER:]
        made += _most_like([(question, _variants(question, neighbours, random)) for question in some], vectors)
    return made[:limit]


def _most_like(tried: Sequence[tuple[Question, Sequence[str]]], vectors: Vectors) -> Iterator[Question]:
    """The variant that means most nearly the same, where one does."""
    texts = [text for question, variants in tried if variants for text in (question.question, *variants)]
    found = iter(vectors(texts)) if texts else iter(())
    for question, variants in tried:
        if not variants:
            continue
        asked = next(found)
        likeness = [float(next(found) @ asked) for _ in variants]
        best = int(np.argmax(likeness))
        if likeness[best] >= _LEAST_LIKE:
            yield replace(question, id=f"{question.id}-reworded", question=variants[best])


def _variants(question: Question, neighbours: Neighbours, random: np.random.Generator) -> list[str]:
    """The question with every word replaced that it shares with its answer's sentence and that has a neighbour."""
    shared = {_stem(word) for word in _WORD.findall(_sentence(question).lower())}
    places = [found for found in _WORD.finditer(question.question) if _stem(found.group()) in shared]
    places = [found for found in places if neighbours.of(found.group())]
    if not places:
        return []
    made = {_with_others(question.question, places, neighbours, random) for _ in range(_VARIANTS)}
    return sorted(made)


def _with_others(
    text: str, places: Sequence[re.Match[str]], neighbours: Neighbours, random: np.random.Generator
) -> str:
    for found in reversed(places):
        near = neighbours.of(found.group())
        text = text[: found.start()] + near[int(random.integers(len(near)))] + text[found.end() :]
    return text


def _sentence(question: Question) -> str:
    answer = question.answers[0]
    for start, end in split_sentences(question.context):
        if start <= answer.start < end:
            return question.context[start:end]
    return question.context


def _can_stand_for(other: str, word: str) -> bool:
    """A word of the same form that is not made of it (unofficial), nor another of its kind."""
    is_kin = _stem(other) == _stem(word) or other.endswith(word) or word.endswith(other)
    is_rival = other in _WITHOUT_SYNONYM or OPPOSITES.get(word) == other
    return not is_kin and not is_rival and _ending(other) == _ending(word)


def _stem(word: str) -> str:
    return word[:_STEM]


def _ending(word: str) -> str:
    return next((ending for ending in ("ing", "ed", "ly", "s") if word.endswith(ending)), "")
