"""What a question and the sentences before it share: terms, each the heavier the rarer it is among them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.sentences import split_sentences

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
_TOKEN = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+")
_ENDING = re.compile(r"(?<=\w{3})(?:ing|ed|es|ly|s|e)$")
_FRAME = frozenset(
    """a an the of in on at to for from by with as and or but is are was were be been being do does did has have had
    what which who whom whose when where why how much many long often that this these those it its can could will would
    should may might there then than not 什么 哪些 哪个 多少 怎么 怎样 如何 为什 是什 么是 有哪 的是
    什麼 甚麼 哪個 怎麼 怎樣 為什 麼是""".split()  # noqa: SIM905
)
_COMMON = frozenset("的是了在和什么哪谁多少几有为与及其之以吗呢吧麼誰幾為與嗎")
_CHARACTER_WEIGHT = 0.5
_MAX_SENTENCE_CHARS = 1000


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


def evidence_terms(text: str) -> set[str]:
    """Stemmed words, and bigrams where words have no spaces, without the words that frame a question."""
    found: set[str] = set()
    for token in _TOKEN.findall(text.lower()):
        if re.match(f"[{CJK}]", token):
            found.update(pair for i in range(len(token) - 1) if not _COMMON & set(pair := token[i : i + 2]))
            found.update(character for character in token if character not in _COMMON)
        elif token not in _FRAME:
            found.add(_ENDING.sub("", token))
    return found - _FRAME


class Overlap:
    """The question's terms in each sentence and each passage, and the share of the question they make up.

    What the titles and headings above a passage say, ``contexts``, is said by each of its sentences.
    """

    def __init__(
        self, question: str, passages: Sequence[str], sentences: Sequence[Sentence], *, contexts: Sequence[str] = ()
    ) -> None:
        asked = evidence_terms(question)
        above = [evidence_terms(context) & asked for context in contexts or [""] * len(passages)]
        terms = [evidence_terms(sentence.text) for sentence in sentences]
        self.num_new = np.array([len(found - asked) for found in terms])
        self.shared = [  # one set a sentence
            found & asked | above[sentence.passage] for sentence, found in zip(sentences, terms, strict=True)
        ]
        held = Counter(term for found in self.shared for term in found)
        self.weight = {
            term: math.log(1 + len(sentences) / (0.5 + held[term])) * (_CHARACTER_WEIGHT if _is_character(term) else 1)
            for term in asked
        }
        self._total = sum(self.weight.values()) or 1.0
        self.coverages = np.array([self.share(found) for found in self.shared])
        held_by = [evidence_terms(passage) & asked | said for passage, said in zip(passages, above, strict=True)]
        self.passage_coverages = np.array([self.share(found) for found in held_by])

    def share(self, terms: set[str]) -> float:
        """These terms' part of the question, in [0, 1]."""
        return sum(self.weight[term] for term in terms) / self._total


def _is_character(term: str) -> bool:
    return len(term) == 1 and not term.isascii()
