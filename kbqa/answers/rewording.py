"""A follow-up that only names another thing → the question before it, asked of that thing.

*And the FI-400?* after *How much does the FI-200 cost?* is *How much does the FI-400 cost?*: a
question that can be found and read by itself. Nothing is guessed: without a plain counterpart
in the question before, there is none.
"""

import re

_NAMES_ANOTHER = re.compile(
    r"\s*(?:and|but|or|(?:and\s+)?(?:what|how)\s+about)\s+(?P<other>[^?]+?)\s*\?*\s*$", re.IGNORECASE
)
_PREPOSITION = re.compile(r"(?:in|on|at|for|from|to|with|by|of|after|before|under|during)\b", re.IGNORECASE)
_DETERMINER = re.compile(r"(?:the|a|an|my|our|your)\s+", re.IGNORECASE)
_SAYS_MORE = re.compile(  # a question of its own, or one that points back as well
    r"\b(?:is|are|was|were|am|do|does|did|can|could|will|would|should|must|may|has|have|had|what|which|who|whom|whose"
    r"|when|where|why|how|it|its|they|them|their|he|him|his|she|her|this|that|these|those|there)\b",
    re.IGNORECASE,
)
_CODE = re.compile(r"\b(?=[\w-]*[A-Z])(?=[\w-]*\d)\w[\w-]*\b")
_NAME = re.compile(r"\b[A-Z][\w’'-]*(?:\s+[A-Z][\w’'-]*)*")
_ITS = re.compile(r"\bits\b", re.IGNORECASE)
_MOST_WORDS = 6


def reworded(question: str, *, before: str) -> str | None:
    """The question ``before`` it, asked of what the follow-up names; None where that is not plain."""
    asked = before.strip().rstrip("?").rstrip()
    if len(codes := set(_CODE.findall(asked))) == 1 and len(_ITS.findall(question)) == 1:
        return _ITS.sub(f"the {codes.pop()}'s", question)
    found = _NAMES_ANOTHER.match(question)
    if not found or _SAYS_MORE.search(found["other"]) or len(found["other"].split()) > _MOST_WORDS:
        return None
    for exchanged in (_of_another_kind, _in_another_place, _of_another_name):
        if whole := exchanged(asked, found["other"]):
            return f"{whole}?"
    return None


def _of_another_kind(asked: str, other: str) -> str | None:
    """*the Basic plan* for *the Plus plan*: the same last word, and another before it."""
    *kind, thing = _bare(other).split()
    if len(kind) != 1:
        return None
    return _only(re.compile(rf"(?<=[\s-])(?!the\b|an?\b)[\w-]+(?=\s+{re.escape(thing)}\b)"), asked, kind[0])


def _in_another_place(asked: str, other: str) -> str | None:
    """*in Suzhou* for *in London* at the question's end."""
    if not (preposition := _PREPOSITION.match(other)):
        return None
    return _only(re.compile(rf"\b{preposition[0]}\s+\S+(?:\s+\S+)?$", re.IGNORECASE), asked, other)


def _of_another_name(asked: str, other: str) -> str | None:
    """*the FI-400* for *the FI-200*: a code for a code, else a name for a name."""
    for kind in (_CODE, _NAME):
        if len(names := kind.findall(other)) == 1 and _bare(other) == names[0]:
            return _only(kind, asked, names[0], first=1)
    return None


def _only(pattern: re.Pattern[str], asked: str, other: str, *, first: int = 0) -> str | None:
    """The question with ``other`` in place of the pattern's only match, from character ``first`` on."""
    places = [found.span() for found in pattern.finditer(asked, first)]
    if len(places) != 1:
        return None
    start, end = places[0]
    return f"{asked[:start]}{other}{asked[end:]}"


def _bare(other: str) -> str:
    """Without the preposition and the article before it."""
    return _DETERMINER.sub("", _PREPOSITION.sub("", other, count=1).lstrip(), count=1)
