"""Retrieval test: what the search finds for a question, scored list by list, and the cases kept to test it again."""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inference.deadline import Deadline
from inference.errors import EngineError
from ingest.index.errors import SearchIndexError
from kbqa.answers.passages import Found
from kbqa.answers.retrieve import retrieve
from kbqa.answers.scope import scope_of
from kbqa.answers.services import failed, question_clean
from kbqa.answers.trace import Trace
from kbqa.documents.models import Collection, Role
from kbqa.documents.permissions import collection_get, role_of
from kbqa.documents.selectors import collection_list
from kbqa.errors import ApplicationError
from kbqa.quality.models import ProbeCase
from kbqa.quality.selectors import case_get, case_list
from kbqa.quality.services import case_delete, case_save, cases_run

from .pages import asker, is_uuid, page_view
from .said import said
from .term_marks import term_pieces

DEPTHS = (5, 10, 20, 50)


@dataclass(frozen=True, slots=True)
class Row:
    """One hit as the page shows it."""

    found: Found
    pieces: list[tuple[str, bool]]
    url: str
    is_expected: bool


@page_view("GET", "POST")
def probe_page(request: HttpRequest) -> HttpResponse:
    """With a question, its hits; a posted passage is kept as the one to be found."""
    if request.method == "POST":
        return _save(request)
    given = request.GET
    question, depth = given.get("q", "").strip(), _depth(given.get("k", ""))
    collections = list(collection_list(user=asker(request)))
    collection = _chosen(request, collections)
    context: dict[str, object] = {
        "collections": collections,
        "collection": collection,
        "question": question,
        "depth": depth,
        "depths": DEPTHS,
        "may_edit": collection is not None and role_of(asker(request), collection) in (Role.EDITOR, Role.OWNER),
        "cases": case_list(collection=collection) if collection else [],
    }
    if question and collection:
        context |= _probed(request, question, collection, depth)
    return render(request, "web/probe.html", context)


@page_view("POST")
def probe_run(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """Every case of the collection once more."""
    collection = collection_get(collection_id, user=asker(request), at_least=Role.EDITOR)
    asked = cases_run(collection=collection, by=asker(request))
    messages.success(request, ngettext("%(n)s case was run.", "%(n)s cases were run.", asked) % {"n": asked})
    return _back(collection)


@page_view("POST")
def probe_case_remove(request: HttpRequest, case_id: int) -> HttpResponse:
    case = case_get(case_id, user=asker(request))
    case_delete(case=case)
    messages.success(request, _("The case was deleted."))
    return _back(case.collection)


def _save(request: HttpRequest) -> HttpResponse:
    given = request.POST
    collection = collection_get(given.get("collection", ""), user=asker(request), at_least=Role.EDITOR)
    case = case_save(
        collection=collection, question=given.get("q", ""), passage_id=given.get("passage", ""), by=asker(request)
    )
    messages.success(request, _("Kept as a test case."))
    return _back(collection, q=case.question, k=str(_depth(given.get("k", ""))))


def _probed(request: HttpRequest, question: str, collection: Collection, depth: int) -> dict[str, object]:
    """The hits, each with its terms marked; or the sentence that says why there are none."""
    trace = Trace()
    try:
        scope = scope_of(asker(request), collections=[collection.pk])
        deadline = Deadline.after(settings.ANSWER_DEADLINE_S)
        hits = retrieve(question_clean(question), scope=scope, deadline=deadline, trace=trace, limit=depth)
    except (ApplicationError, EngineError, SearchIndexError) as error:
        return {"problem": said(failed(error).message)}
    case = ProbeCase.objects.filter(collection=collection, question=question).first()
    rows = [_row(found, case) for found in hits]
    missed = case is not None and not any(row.is_expected for row in rows)
    return {"rows": rows, "case": case, "missed": missed, "trace": trace, "was_asked": True}


def _row(found: Found, case: ProbeCase | None) -> Row:
    view = found.view()
    expected = case is not None and case.document_id == found.row.version.document_id and case.passage == found.row.text
    return Row(found, term_pieces(found.row.text, found.hit.terms), view.url, expected)


def _chosen(request: HttpRequest, collections: list[Collection]) -> Collection | None:
    """The collection named, which must be visible; else the first."""
    if wanted := request.GET.get("collection", ""):
        return collection_get(wanted if is_uuid(wanted) else "", user=asker(request))
    return collections[0] if collections else None


def _depth(given: str) -> int:
    return int(given) if given.isdigit() and int(given) in DEPTHS else DEPTHS[1]


def _back(collection: Collection, **more: str) -> HttpResponse:
    return redirect(f"{reverse('probe')}?{urlencode({'collection': str(collection.pk), **more})}")
