"""An answer whose sentence says the opposite of what is asked: full-time staff's days are not part-time staff's.

Only pairs that exclude each other wherever one of them is asked about; a sentence that has both is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from inference.calibration import Candidate, sentence_around

PENALTY = 4.0  # of a margin: what is said of the opposite is seldom said of what is asked
_PAIRS = """
    full-time part-time|permanent temporary|minimum maximum|lowest highest|smallest largest|shortest longest
    youngest oldest|earliest latest|slowest fastest|cheapest dearest|best worst|indoor outdoor|indoors outdoors
    internal external|domestic international|northern southern|eastern western|male female
    men women|mother father|son daughter|brother sister|husband wife|import export|imports exports|imported exported
    buyer seller|landlord tenant|lender borrower|arrival departure|arrive depart|summer winter|urban rural
    weekday weekend|weekdays weekends|front rear|upper lower|online offline|upload download
    credit debit|paid unpaid|mandatory optional|single married|increase decrease|increased decreased|bought sold
    won lost|morning evening
"""
_OPPOSITES = {
    one: other
    for pair in _PAIRS.replace("\n", "|").split("|")
    if len(words := pair.split()) == 2
    for one, other in (words, reversed(words))
}
_WORD = re.compile(r"(?:full|part)[- ]time|[^\W\d_]+", re.IGNORECASE)


def doubted(question: str, passages: Sequence[str], candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates, those with a lesser margin whose sentence speaks of an opposite alone."""
    asked = _said(question)
    wrong = {other: word for word in asked if (other := _OPPOSITES.get(word)) and other not in asked}
    if not wrong:
        return list(candidates)
    return [
        replace(candidate, margin=candidate.margin - PENALTY)
        if _excludes(sentence_around(passages[candidate.passage], candidate), wrong)
        else candidate
        for candidate in candidates
    ]


def _excludes(sentence: str, wrong: dict[str, str]) -> bool:
    said = _said(sentence)
    return any(other in said and word not in said for other, word in wrong.items())


def _said(text: str) -> set[str]:
    return {word.lower().replace(" ", "-") for word in _WORD.findall(text)}
