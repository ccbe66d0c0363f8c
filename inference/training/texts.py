"""The texts that an encoder's vectors are compared on: questions, sentences and passages, and odd ones made up.

What people type and files hold besides prose (numbers, code, addresses, capitals, one letter over
and over, other scripts) reaches channels that prose leaves alone, so some of each step is made of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .data import Question

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=\S)|(?<=[。！？])(?=.)")
_SCRIPTS = ((0x4E00, 0x9FA5), (0x0430, 0x044F), (0x0391, 0x03C9), (0x0621, 0x064A), (0x3041, 0x3096), (0xAC00, 0xD7A3))
_SIGNS = "!?.,;:-_=+*/\\|<>()[]{}#@$%^&~'\"`…—“”"
_CODE = (
    "def {a}({b}): return {b}[{n}] if {b} else None",
    "SELECT {a}, COUNT(*) FROM {b} WHERE id > {n} GROUP BY {a};",
    "https://www.{a}.com/{b}/{n}?q={a}&page={n}#{b}",
    "{a}.{b}@{a}.org +{n} (0){n}-{n}",
    '{{"{a}": [{n}, {n}], "{b}": null}}',
    "C:\\{a}\\{b}_{n}.log: error 0x{n:x}: {b} != {a}",
    "for (int {a} = 0; {a} < {n}; ++{a}) {{ {b}[{a}] = {a}; }}",
    "| {a} | {b} | {n} |",
)


@dataclass(frozen=True, slots=True)
class Texts:
    """``short`` and ``long`` ones to draw from, in an order of their own."""

    short: Sequence[str]
    long: Sequence[str]
    words: Sequence[str] = field(repr=False)

    @classmethod
    def of(cls, questions: Sequence[Question]) -> Texts:
        """Every question, and the passages they were asked of."""
        passages = list(dict.fromkeys(question.context for question in questions))
        words = sorted({word for passage in passages[:: max(1, len(passages) // 2000)] for word in passage.split()})
        return cls(short=[question.question for question in questions], long=passages, words=words)

    def draw(self, random: np.random.Generator, *, num_short: int, num_long: int, odd: float) -> list[str]:
        """Questions and sentences, then windows of passages; a share ``odd`` of either made up."""
        short = [
            _odd(random, self.words) if random.random() < odd else self._one_short(random) for _ in range(num_short)
        ]
        long = [
            "\n".join(_odd(random, self.words) for _ in range(random.integers(2, 12)))
            if random.random() < odd
            else _window(random, _one(random, self.long))
            for _ in range(num_long)
        ]
        return short + long

    def _one_short(self, random: np.random.Generator) -> str:
        if random.random() < 0.6:
            return _one(random, self.short)
        return _one(random, _SENTENCE_END.split(_one(random, self.long)))


def _window(random: np.random.Generator, passage: str) -> str:
    """Some sentences in a row, the whole passage half of the time."""
    sentences = _SENTENCE_END.split(passage)
    if random.random() < 0.5 or len(sentences) < 3:
        return passage
    first, last = sorted(random.choice(len(sentences) + 1, 2, replace=False).tolist())
    return " ".join(sentences[first:last])


def _odd(random: np.random.Generator, words: Sequence[str]) -> str:
    some = [_one(random, words) for _ in range(random.integers(1, 12))]
    number = int(10 ** random.uniform(0, 12))
    match int(random.integers(9)):
        case 0:
            return some[0]
        case 1:
            return " ".join(some).upper()
        case 2:
            return _one(random, some)[:1] * int(random.integers(2, 60))
        case 3:
            return (some[0] + " ") * int(random.integers(2, 30))
        case 4:
            return " ".join(f"{random.uniform(-1, 1) * number:.{random.integers(4)}f}" for _ in some)
        case 5:
            return "".join(random.choice(list(_SIGNS), random.integers(1, 30)))
        case 6:
            first, last = _SCRIPTS[random.integers(len(_SCRIPTS))]
            return "".join(chr(sign) for sign in random.integers(first, last, random.integers(1, 60)))
        case 7:
            return " ".join(some)  # words in no order
        case _:
            return _one(random, _CODE).format(a=some[0], b=some[-1], n=number)


def _one(random: np.random.Generator, texts: Sequence[str]) -> str:
    return texts[int(random.integers(len(texts)))]
