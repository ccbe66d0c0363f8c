"""Answerable questions twisted until their passage no longer answers them.

A wrong passage is easy to refuse; a right-looking one that speaks of another year, another
name or the opposite is not. Three twists, each on the question's words alone: a name or
number becomes another of its passage or article, a word its opposite, a verb its negation.
Nor is a passage that says all but the answer: the sentence that holds it is left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from inference.sentences import split_sentences

from .data import Question

_NAME = re.compile(r"(?<!^)\b[A-Z][\w-]+(?: (?:of (?:the )?)?[A-Z][\w-]+)*")
_NUMBER = re.compile(r"\b\d[\d,.]*\b")
_NEGATED = {
    "did": "didn't",
    "does": "doesn't",
    "do": "don't",
    "was": "wasn't",
    "were": "weren't",
    "is": "isn't",
    "are": "aren't",
    "has": "hasn't",
    "have": "haven't",
    "had": "hadn't",
    "can": "can't",
    "could": "couldn't",
    "would": "wouldn't",
    "will": "won't",
}
OPPOSITES = {
    one: other
    for pair in """
        first last|before after|north south|northern southern|east west|eastern western|largest smallest|larger smaller
        large small|high low|higher lower|highest lowest|most least|more fewer|more less|oldest newest|older younger
        oldest youngest|early late|earlier later|earliest latest|begin end|began ended|start stop|started stopped
        open close|opened closed|win lose|won lost|increase decrease|increased decreased|rise fall|rose fell
        above below|inside outside|internal external|male female|men women|man woman|father mother|king queen
        husband wife|son daughter|brother sister|positive negative|maximum minimum|major minor|public private
        modern ancient|strong weak|stronger weaker|rich poor|long short|longest shortest|tallest shortest
        fast slow|faster slower|hot cold|warm cool|winter summer|spring autumn|day night|create destroy
        created destroyed|support oppose|supported opposed|allow forbid|allowed forbidden|agree disagree
        accept reject|accepted rejected|include exclude|included excluded|with without|common rare|easy difficult
        left right|upper lower|top bottom|beginning end|join leave|joined left|buy sell|bought sold|enter leave
        arrive depart|arrived departed|urban rural|domestic foreign|democratic authoritarian|gain lose|gained lost
        famous unknown|popular unpopular|successful unsuccessful|legal illegal|direct indirect|complete incomplete
        employed unemployed|married divorced|born killed|founded dissolved|built demolished|attack defend
        attacked defended|victory defeat|success failure|cause prevent|caused prevented|best worst|better worse
    """.replace("\n", "|").split("|")
    if pair.strip()
    for one, other in (pair.split(), reversed(pair.split()))
}
_WORD = re.compile(r"[A-Za-z]+")
_OWN_NAMES = 0.5  # how often a name becomes another of its passage
_LEAST_LEFT = 160  # characters of a passage whose answer is left out


def twisted(questions: Sequence[Question], *, limit: int, seed: int) -> list[Question]:
    """At most ``limit`` unanswerable questions, each on the passage of the one it was made from."""
    random = np.random.default_rng(seed)
    names, numbers = _by_title(questions, _NAME), _by_title(questions, _NUMBER)

    def swap_name(question: Question) -> str | None:
        own = _NAME.findall(question.context) if random.random() < _OWN_NAMES else []
        return _swap(question, _NAME, own, random) or _swap(question, _NAME, names[question.title], random)

    def swap_number(question: Question) -> str | None:
        return _swap(question, _NUMBER, numbers[question.title], random)

    # Swaps are most of what people get wrong; where one does not fit, the next is tried.
    orders: list[tuple[Callable[[Question], str | None], ...]] = [
        (swap_number, swap_name, oppose, negate),
        (swap_name, oppose, negate),
        (oppose, swap_name, swap_number, negate),
        (negate, swap_name, swap_number),
    ]
    made: list[Question] = []
    for at in random.permutation(len(questions)).tolist():
        if len(made) == limit:
            break
        twists = orders[random.choice(len(orders), p=[0.25, 0.35, 0.25, 0.15])]
        texts = (twist(questions[at]) for twist in twists)
        text = next((text for text in texts if text is not None), None)
        if text is not None:
            made.append(replace(questions[at], id=f"{questions[at].id}-twisted", question=text, answers=()))
    return made


def left_out(questions: Sequence[Question], *, limit: int, seed: int) -> list[Question]:
    """At most ``limit`` questions, each on its passage without the sentence that answers it."""
    order = np.random.default_rng(seed).permutation(len(questions)).tolist()
    made = (found for at in order if (found := _without_its_answer(questions[at])))
    return list(islice(made, limit))


def _without_its_answer(question: Question) -> Question | None:
    text, answers = question.context, [answer.text.lower() for answer in question.answers]
    kept = [text[start:end] for start, end in split_sentences(text)]
    kept = [sentence for sentence in kept if not any(answer in sentence.lower() for answer in answers)]
    context = " ".join(kept)
    if not answers or context == text or len(context) < _LEAST_LEFT:
        return None
    return replace(question, id=f"{question.id}-left-out", context=context, answers=())


def oppose(question: Question) -> str | None:
    """One word becomes its opposite, if a word has one."""
    for found in _WORD.finditer(question.question):
        if opposite := OPPOSITES.get(found.group()):
            return _replaced(question.question, found, opposite)
    return None


def negate(question: Question) -> str | None:
    """The first auxiliary verb is negated, unless something is negated already."""
    if re.search(r"n't\b|\b(?:not|never|no|without)\b", question.question):
        return None
    for found in _WORD.finditer(question.question):
        if negated := _NEGATED.get(found.group()):
            return _replaced(question.question, found, negated)
    return None


def _swap(question: Question, kind: re.Pattern[str], pool: list[str], random: np.random.Generator) -> str | None:
    """One name or number the passage knows becomes another, of a like form, that the question lacks."""
    known = [found for found in kind.finditer(question.question) if found.group() in question.context]
    if not known:
        return None
    found = known[int(random.integers(len(known)))]
    said = {question.question.lower(), *(answer.text.lower() for answer in question.answers)}
    others = [
        other
        for other in pool
        if _form(other) == _form(found.group()) and not any(other.lower() in text for text in said)
    ]
    return _replaced(question.question, found, others[int(random.integers(len(others)))]) if others else None


def _form(text: str) -> tuple[int, bool, int]:
    """Words, whether a number, and then its digits: 1912 may become 1954, not 3.5."""
    is_number = text[0].isdigit()
    return len(text.split()), is_number, len(text) if is_number else 0


def _by_title(questions: Sequence[Question], kind: re.Pattern[str]) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for question in questions:
        found[question.title].update(dict.fromkeys(kind.findall(question.question)))
    return defaultdict(list, {title: list(texts) for title, texts in found.items()})


def _replaced(text: str, found: re.Match[str], other: str) -> str:
    return text[: found.start()] + other + text[found.end() :]
