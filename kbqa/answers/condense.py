"""A follow-up → a question that stands alone: what it leaves unsaid is taken from the turn before.

No network rewrites it, so it is always the same and costs nothing. A question is a follow-up
when it points back (it, they, that one; 它、他们、那), opens like one (and, what about; 那么、呢)
or names nothing of its own; then it is put into the words of the last question where it only names
another thing, else the topic of that question, and the last answer where it is a name rather than a
sentence, join it.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .cache import Level
from .rewording import reworded

if TYPE_CHECKING:
    from .models import Answer, Conversation

_MAX_TOPIC_CHARS = 200
_NAME_WORDS = 6
_ENOUGH_NAMED = 3
_NUM_LOOKED_AT = 3  # for the last that asked something

_POINTS_BACK = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers|this|these|those|the (?:same|other|latter|former)"
    r"|that(?= one\b|\?|$)|there(?=\?|$))\b|[它他她]们?|这(?:个|些|里|种)?|那(?:个|些|里|种)|其(?=[\u4e00-\u9fff])",
    re.IGNORECASE,
)
_OPENS_LIKE_ONE = re.compile(
    r"\s*(?:and\b|but\b|so\b|then\b|or\b|(?:what|how) about\b|what else\b|why(?: not)?\s*\?|那么?|还有|呢)",
    re.IGNORECASE,
)
_ENDS_LIKE_ONE = re.compile(r"呢[?？]?\s*$")
_FRAME = re.compile(
    r"^\s*(?:(?:and|but|so|then|or)\s+)?(?:(?:in|on|at|for|from|to|with|by)\s+)?"
    r"(?:how (?:many|much|long|often|old|far)|what about|how about|what|which|who|whom|whose|when|where|why|how)?\s*"
    r"(?:(?:is|are|was|were|do|does|did|can|could|will|would|should|must|may|has|have|had)\s+)?",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")
_MARKER = re.compile(r"\s*\[\d{1,3}\]")  # a written answer's citation
_EMPTY = frozenset(
    """a an the of in on at to for from by with as and or but so then is are was were be been do does did has have had
    can could will would should may might what which who whom whose when where why how much many long often about else
    not there i we you my our your""".split()  # noqa: SIM905
)
_IDEOGRAPH = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as retrieval and reader should hear it, and the one before it where that was needed for it."""

    text: str
    after: str = ""

    @property
    def facts(self) -> dict[str, str]:
        """What a trace keeps of it; nothing of a question that stands alone."""
        return {"standalone": self.text, "after": self.after} if self.after else {}


def standalone(question: str, conversation: "Conversation | None", *, before: "Answer | None" = None) -> Asked:
    """The question as retrieval and reader should hear it; itself when it needs nothing from before.

    What stands before it is the conversation's last turn, or the last ``before`` a turn that is carried out again.
    """
    if conversation is None or not is_follow_up(question):
        return Asked(question)
    turns = conversation.answers.filter(created_at__lt=before.created_at) if before else conversation.answers
    rows = turns.order_by("-created_at").values_list("question", "text", "abstained", "trace")[:_NUM_LOOKED_AT]
    last = next((row for row in rows if row[-1].get("cache") != Level.PLEASANTRY), None)
    if last is None:
        return Asked(question)
    asked, answered, abstained, trace = last
    topic, said = trace.get("standalone", asked), "" if abstained else answered
    text = reworded(question, before=topic) or condensed(question, before=topic, answered=said)
    return Asked(text, after=asked if text != question else "")


def words_to_read(question: str, asked: str) -> str:
    """What the reader hears: the question's own words, unless it was put into those of the one before."""
    return question if is_only_added_to(question, asked) else asked


def is_only_added_to(question: str, asked: str) -> bool:
    """Whether it is the question's own words, and more behind them."""
    return asked.startswith(question)


def is_follow_up(question: str) -> bool:
    """Whether it cannot be understood alone."""
    if _OPENS_LIKE_ONE.match(question) or _ENDS_LIKE_ONE.search(question):
        return True
    if back := _POINTS_BACK.search(question):
        return _named(question[: back.start()]) < _ENOUGH_NAMED
    return not _IDEOGRAPH.search(question) and not _named(question)


def _named(text: str) -> int:
    """How many words say something: what a pronoun after them may well mean."""
    return sum(word.lower() not in _EMPTY for word in _WORD.findall(text))


def condensed(question: str, *, before: str, answered: str) -> str:
    """The follow-up with the topic before it and, when that was a name, the answer."""
    topic = _FRAME.sub("", before).strip(" ?？.。!！")[:_MAX_TOPIC_CHARS]
    known = question.casefold()
    added = [part for part in (_name(answered), topic) if part and part.casefold() not in known]
    return f"{question} ({'; '.join(added)})" if added else question


def _name(answered: str) -> str:
    """The answer, if it is short enough to be what a pronoun points to."""
    said = _MARKER.sub("", answered)
    words = said.split()
    short = len(words) <= _NAME_WORDS and len(said) <= 40
    return said.strip(" .。") if short else ""
