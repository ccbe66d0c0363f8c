"""A quote in the viewer as one source of an answer: which it is, those before and after, the way back.

The address carries the answer and the source's number beside the place, so it can be
kept and shared; whoever may not see the answer sees the document alone.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from kbqa.answers.models import Answer, Citation
from kbqa.answers.selectors import answer_get
from kbqa.answers.wire import citation_url
from kbqa.errors import NotFound

if TYPE_CHECKING:
    from kbqa.accounts.models import User


@dataclass(frozen=True, slots=True)
class Hit:
    number: int
    total: int
    question: str
    back: str
    previous: str
    following: str


def hit_url(citation: Citation) -> str:
    """The viewer at the quote, which knows its answer; empty once the source is gone."""
    address, _, fragment = citation_url(citation).partition("#")
    if not address:
        return ""
    return f"{address}&{urlencode({'answer': citation.answer_id, 'source': citation.number})}#{fragment}"


def hit_of(query: QueryDict, *, user: "User") -> Hit | None:
    """The source that the address names, if it names one that is the asker's."""
    try:
        answer = answer_get(query.get("answer", ""), user=user)
    except NotFound:
        return None
    citations = [citation for citation in answer.citations.all() if hit_url(citation)]
    place = next((n for n, citation in enumerate(citations) if str(citation.number) == query.get("source")), None)
    if place is None:
        return None
    return Hit(
        number=place + 1,
        total=len(citations),
        question=answer.question,
        back=_back(answer),
        previous=hit_url(citations[place - 1]) if place else "",
        following=hit_url(citations[place + 1]) if place + 1 < len(citations) else "",
    )


def _back(answer: Answer) -> str:
    if answer.conversation_id is None:
        return reverse("answer", args=[answer.pk])
    return f"{reverse('conversation', args=[answer.conversation_id])}#turn-{answer.pk}"
