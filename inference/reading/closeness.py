"""How closely a passage keeps together what a question asks, by its words alone.

Both lists of a hybrid search judge a passage as a whole; whether the question's words stand near each
other in it, and in the question's own order, only its text tells (Tao and Zhai, 2007).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np

from .terms import CJK, evidence_terms

_NEAR = 20  # words from one end to the other of what counts as together
_WORD = re.compile(rf"[{CJK}]|[^\W_{CJK}]+")
_CJK = re.compile(f"[{CJK}]")

Places = list[tuple[int, str]]  # the place of a word, and the term it is


def closeness(question: str, passages: Sequence[str], contexts: Sequence[str]) -> np.ndarray:
    """[passages, 2], each in [0, 1]: nearness and pairs.

    Nearness is the largest share of the question's terms, rare ones weighing more, that stand within
    twenty words of each other; those of the passage's ``context``, its title and headings, stand near all of it.
    Pairs is the share of the question's neighbouring words that are neighbours in the passage too.
    """
    asked, pairs = evidence_terms(question), set(pairwise(_words(question)))
    words = [_words(passage) for passage in passages]
    places = [_places(spoken, asked) for spoken in words]
    around = [asked & evidence_terms(context) for context in contexts]
    known = Counter(
        term for found, near in zip(places, around, strict=True) for term in {*near, *(t for _, t in found)}
    )
    weight = {term: math.log(1 + len(passages) / (0.5 + known[term])) for term in asked}
    total = sum(weight.values()) or 1.0
    rows = [
        (_most_together(found, near, weight) / total, len(pairs.intersection(pairwise(spoken))) / max(1, len(pairs)))
        for spoken, found, near in zip(words, places, around, strict=True)
    ]
    return np.array(rows).reshape(len(passages), 2)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


@lru_cache(maxsize=65_536)
def _term(word: str) -> str:
    return next(iter(evidence_terms(word)), "")


def _places(words: Sequence[str], asked: set[str]) -> Places:
    """Where the terms asked for stand; where words have no spaces, pairs of characters are terms as well."""
    found = [(place, term) for place, word in enumerate(words) if (term := _term(word)) in asked]
    if any(len(term) == 2 and _CJK.match(term) for term in asked):
        both = ((place, one + other) for place, (one, other) in enumerate(pairwise(words)))
        found = sorted([*found, *((place, term) for place, term in both if term in asked)])
    return found


def _most_together(places: Places, near: set[str], weight: dict[str, float]) -> float:
    """The heaviest set of terms that fits the window, ``near`` always among them."""
    held = Counter(near)
    sum_held = most = sum(weight[term] for term in near)
    first = 0
    for place, term in places:
        sum_held += 0.0 if held[term] else weight[term]
        held[term] += 1
        while place - places[first][0] > _NEAR:
            left = places[first][1]
            held[left] -= 1
            sum_held -= 0.0 if held[left] else weight[left]
            first += 1
        most = max(most, sum_held)
    return most
