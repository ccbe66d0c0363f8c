"""One answer: its card, why it came out so, and whether it was right."""

from collections.abc import Container, Mapping, Sequence
from itertools import zip_longest
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from kbqa.answers.models import Answer, Feedback
from kbqa.answers.selectors import answer_get
from kbqa.answers.services import feedback_give
from kbqa.documents.models import Collection, Role
from kbqa.documents.permissions import visible_collections

from .gone import documents_gone
from .labels import ANSWER_STAGES
from .pages import asker, is_fragment, page_view

Json = dict[str, Any]  # Any: JSON


@page_view("GET")
def answer_card(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    turn = answer_get(answer_id, user=asker(request))
    return render(request, "components/answer.html", _card(request, turn))


@page_view("GET")
def answer_trace(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    """What was found, what each list made of it, and how long each stage took."""
    turn = answer_get(answer_id, user=asker(request))
    mine = visible_collections(asker(request), at_least=Role.EDITOR).filter(pk__in=turn.collections)
    card = _card(request, turn)
    trace = trace_of(turn.trace, turn.passages, turn.timings_ms, abstained=turn.abstained, gone=card["gone"])
    return render(request, "web/trace.html", {**card, "may_mend": mine.exists(), **trace})


def _card(request: HttpRequest, turn: Answer) -> Json:
    """What `components/answer.html` draws."""
    return {"turn": turn, "collections": _visible(request), "gone": documents_gone([turn])}


def _visible(request: HttpRequest) -> QuerySet[Collection]:
    """By name; read only by a card that says where nothing was found."""
    return visible_collections(asker(request)).order_by("name", "pk")


def trace_of(
    trace: Json,
    passages: Sequence[Json],
    timings_ms: Mapping[str, float],
    *,
    abstained: bool,
    gone: Container[str] = (),
) -> Json:
    """What `components/trace.html` draws, of an answer as of a run's case; ``gone``: documents deleted since."""
    rows, total = candidates(trace, passages, gone), timings_ms.get("total", 0.0)
    return {
        "reading": trace.get("reading"),
        "abstained": abstained,
        "writing": trace.get("writing"),
        "rows": rows,
        "found": {
            "passages": len(rows),
            "documents": len({row["title"] for row in rows}),
            "read": sum(row["read"] is not None for row in rows),
        },
        "stages": stages_of(timings_ms, total),
        "total": total,
    }


def stages_of(timings_ms: Mapping[str, float], total: float) -> list[tuple[str, float, int]]:
    """Each stage with its share of the whole, in hundredths, in the order in which they come."""
    order = [*ANSWER_STAGES, *timings_ms]
    names = sorted(timings_ms.keys() - {"total"}, key=order.index)
    return [(name, timings_ms[name], min(100, round(100 * timings_ms[name] / (total or 1)))) for name in names]


def candidates(trace: Json, passages: Sequence[Json], gone: Container[str] = ()) -> list[Json]:
    """What was found, best first: its scores, and what the reader made of those it read."""
    scores = trace.get("reading", {}).get("passage_scores", [])
    found = zip_longest(trace.get("candidates", []), passages, scores)
    return [
        {
            **candidate,
            "url": passage["url"] if passage and passage["document"] not in gone else "",
            "text": passage["text"] if passage else "",
            "read": read,
        }
        for candidate, passage, read in found
        if candidate
    ]


@page_view("POST")
def answer_feedback(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    turn = answer_get(answer_id, user=asker(request))
    given = request.POST
    feedback_give(
        answer=turn,
        user=asker(request),
        rating=1 if given.get("rating") == "1" else -1,
        reason=reason if (reason := given.get("reason", "")) in Feedback.Reason.values else "",
        comment=given.get("comment", ""),
    )
    if is_fragment(request):
        fresh = answer_get(answer_id, user=asker(request))
        return render(request, "components/feedback.html", {"turn": fresh, "just_given": True})
    messages.success(request, _("Thank you."))
    place = reverse("conversation", args=[turn.conversation_id]) if turn.conversation_id else reverse("history")
    return redirect(f"{place}#turn-{turn.pk}")
