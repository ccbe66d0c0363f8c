"""One answer: its card, why it came out so, and whether it was right."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from kbqa.answers.selectors import answer_get
from kbqa.answers.services import feedback_give
from kbqa.documents.models import Role
from kbqa.documents.permissions import visible_collections

from .pages import asker, is_fragment, page_view

Json = dict[str, Any]  # Any: JSON


@page_view("GET")
def answer_card(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    turn = answer_get(answer_id, user=asker(request))
    return render(request, "components/answer.html", {"turn": turn})


@page_view("GET")
def answer_trace(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    """What was found, what each list made of it, and how long each stage took."""
    turn = answer_get(answer_id, user=asker(request))
    mine = visible_collections(asker(request), at_least=Role.EDITOR).filter(pk__in=turn.collections)
    context = {
        "turn": turn,
        "reading": turn.trace.get("reading"),
        "abstained": turn.abstained,
        "writing": turn.trace.get("writing"),
        "stages": stages_of(turn.timings_ms),
        "total": turn.timings_ms.get("total") or 1,
        "rows": candidates(turn.trace, turn.passages),
        "may_mend": mine.exists(),
    }
    return render(request, "web/trace.html", context)


def stages_of(timings_ms: Mapping[str, float]) -> list[tuple[str, float, int]]:
    """Each stage with its share of the whole, in hundredths."""
    total = timings_ms.get("total") or 1
    return [(name, ms, min(100, round(100 * ms / total))) for name, ms in timings_ms.items() if name != "total"]


def candidates(trace: Json, passages: Sequence[Json]) -> list[Json]:
    """What was found, best first: its scores, and what the reader made of those it read."""
    scores = trace.get("reading", {}).get("passage_scores", [])
    found = zip_longest(trace.get("candidates", []), passages, scores)
    return [
        {
            **candidate,
            "url": passage["url"] if passage else "",
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
        reason=given.get("reason", ""),
        comment=given.get("comment", ""),
    )
    if is_fragment(request):
        fresh = answer_get(answer_id, user=asker(request))
        return render(request, "components/feedback.html", {"turn": fresh, "just_given": True})
    messages.success(request, _("Thank you."))
    place = reverse("conversation", args=[turn.conversation_id]) if turn.conversation_id else reverse("history")
    return redirect(f"{place}#turn-{turn.pk}")
