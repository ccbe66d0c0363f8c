"""Ask: one form for everyone. With our script it streams; without, it comes back as the whole page.

The question travels in the body of a POST, never in an address that a log would keep.
"""

from collections.abc import Iterator
from uuid import UUID, uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from kbqa.accounts.authentication import still_let_in
from kbqa.answers.events import Event
from kbqa.answers.models import Answer, Conversation
from kbqa.answers.pipeline import answer
from kbqa.answers.scope import scope_of
from kbqa.answers.selectors import answer_get, conversation_get, turn_list
from kbqa.answers.services import conversation_begin, question_clean
from kbqa.answers.watch import watched
from kbqa.answers.wire import collect
from kbqa.api.streaming import event_stream, rest_stream
from kbqa.documents.models import Collection
from kbqa.documents.selectors import collection_list
from kbqa.engine import deadline_after
from kbqa.limits.rates import request_spend

from .examples import EXAMPLES, SAMPLE_COLLECTION
from .gone import documents_gone
from .pages import asker, page_view

MAX_TURNS_SHOWN = 50
EVERYWHERE = "all"  # among the ids of a form's collections


@page_view("GET", "POST")
def ask_page(request: HttpRequest, conversation_id: UUID | None = None) -> HttpResponseBase:
    """The thread and the form; a posted question is answered before the page comes back."""
    if request.method == "POST":
        conversation, answer_id, events = _begin(request)
        collect(events)
        return redirect(f"{reverse('conversation', args=[conversation.pk])}#turn-{answer_id}")
    return _thread(request, conversation_get(conversation_id, user=asker(request)) if conversation_id else None)


@page_view("POST")
def ask_stream(request: HttpRequest) -> HttpResponseBase:
    """The same turn as events while they come, for our script."""
    conversation, answer_id, events = _begin(request)
    response = event_stream(events, answer_id)
    response["X-Conversation"] = str(conversation.pk)
    return response


@page_view("GET")
def answer_stream(request: HttpRequest, answer_id: UUID) -> HttpResponseBase:
    """The rest of an answer, for our script when the connection was lost."""
    turn, last = answer_get(answer_id, user=asker(request)), request.headers.get("Last-Event-ID", "")
    return rest_stream(turn, last, user=asker(request), still_let_in=still_let_in(request))


def _begin(request: HttpRequest) -> tuple[Conversation, UUID, Iterator[Event]]:
    """The conversation, begun if need be, the turn's id and its events."""
    request_spend(request, f"user:{request.user.pk}")
    question = question_clean(request.POST.get("question", ""))
    scope = scope_of(asker(request), collections=_wanted(request.POST.getlist("collections")))
    known = request.POST.get("conversation", "")
    conversation = (
        conversation_get(known, user=asker(request))
        if known
        else conversation_begin(owner=asker(request), title=question)
    )
    deadline, answer_id = deadline_after(settings.ANSWER_DEADLINE_S), uuid4()
    events = answer(
        question,
        asker=asker(request),
        scope=scope,
        deadline=deadline,
        conversation=conversation,
        turn_id=answer_id,
    )
    let_in = still_let_in(request)
    return (
        conversation,
        answer_id,
        watched(events, answer_id=answer_id, user=asker(request), scope=scope, still_let_in=let_in),
    )


def _thread(request: HttpRequest, conversation: Conversation | None) -> HttpResponse:
    latest = list(turn_list(conversation=conversation).reverse()[: MAX_TURNS_SHOWN + 1]) if conversation else []
    recent = latest[:MAX_TURNS_SHOWN][::-1]
    collections = list(collection_list(user=asker(request)))
    chosen = _chosen(_asked_before(recent[-1]) if recent else request.GET.getlist("collections"), collections)
    context = {
        "conversation": conversation,
        "turns": recent,
        "has_earlier": len(latest) > MAX_TURNS_SHOWN,
        "collections": collections,
        "gone": documents_gone(turn for turn in recent if turn.abstained),
        "chosen": chosen,
        "num_documents": sum(row.num_documents for row in collections),  # type: ignore[attr-defined]  # by collection_list
        "examples": EXAMPLES if _has_samples(chosen, collections) else (),
        "max_chars": settings.MAX_QUESTION_CHARS,
    }
    return render(request, "web/ask.html", context)


def _wanted(named: list[str]) -> list[str]:
    """The collections that a form names; none, which is everything, where it asks all of them."""
    return [] if EVERYWHERE in named else [pk for pk in named if pk]


def _has_samples(chosen: set[UUID], collections: list[Collection]) -> bool:
    """Whether the example questions can be answered where one looks."""
    samples = {row.pk for row in collections if row.name == SAMPLE_COLLECTION}
    return bool(samples & chosen if chosen else samples)


def _asked_before(turn: Answer) -> list[str]:
    """What a follow-up is asked of; what was asked of everything is so also where there is more by now."""
    return [] if turn.everywhere else list(turn.collections)


def _chosen(asked: list[str], collections: list[Collection]) -> set[UUID]:
    """Where to look, as asked before; nothing chosen is everything."""
    chosen = {row.pk for row in collections if str(row.pk) in asked}
    return set() if len(chosen) == len(collections) else chosen
