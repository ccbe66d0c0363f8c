"""Retrieval test: what the search finds for a question, scored list by list; the right passage kept as a test case."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

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
from kbqa.engine import deadline_after
from kbqa.errors import ApplicationError, NotFound
from kbqa.quality.expected import Expected
from kbqa.quality.models import TestCase
from kbqa.quality.runs import run_list
from kbqa.quality.sets import case_keep, passage_get, set_get, set_list, set_of

from .pages import asker, is_uuid, page_view
from .said import said
from .term_marks import term_pieces

DEPTHS = (5, 10, 20, 50)
NUM_RUNS_SHOWN = 8


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
    may_edit = collection is not None and role_of(asker(request), collection) in (Role.EDITOR, Role.OWNER)
    context: dict[str, object] = {
        "collections": collections,
        "collection": collection,
        "question": question,
        "depth": depth,
        "depths": DEPTHS,
        "may_edit": may_edit,
    }
    if collection and may_edit:
        context["sets"] = list(set_list(user=asker(request)).filter(collection=collection))
        context["runs"] = list(run_list(user=asker(request), collection=collection)[:NUM_RUNS_SHOWN])
    if question and collection:
        context |= _probed(request, question, collection, depth)
    return render(request, "web/probe.html", context)


def _save(request: HttpRequest) -> HttpResponse:
    given = request.POST
    collection = collection_get(given.get("collection", ""), user=asker(request), at_least=Role.EDITOR)
    passage = passage_get(given.get("passage", ""), collection=collection)
    named = given.get("set", "")
    test_set = set_get(named, user=asker(request)) if named else set_of(collection, by=asker(request))
    if test_set.collection_id != collection.pk:
        raise NotFound("There is no such test set.")
    case = case_keep(test_set=test_set, question=given.get("q", ""), passage=passage, by=asker(request))
    messages.success(request, _("Kept as a test case in “%(name)s”.") % {"name": test_set.name})
    kept = {"q": case.question, "k": str(_depth(given.get("k", "")))}
    return redirect(f"{reverse('probe')}?{urlencode({'collection': str(collection.pk), **kept})}")


def _probed(request: HttpRequest, question: str, collection: Collection, depth: int) -> dict[str, object]:
    """The hits, each with its terms marked; or the sentence that says why there are none."""
    trace = Trace()
    try:
        scope = scope_of(asker(request), collections=[collection.pk])
        deadline = deadline_after(settings.ANSWER_DEADLINE_S)
        hits = retrieve(question_clean(question), scope=scope, deadline=deadline, trace=trace, limit=depth)
    except (ApplicationError, EngineError, SearchIndexError) as error:
        return {"problem": said(failed(error).message)}
    cases = TestCase.objects.filter(test_set__collection=collection, question=question)
    expected = [Expected.of(case) for case in cases]
    rows = [_row(found, expected) for found in hits]
    wanted = any(one.answers or one.is_place_alone for one in expected)
    missed = wanted and not any(row.is_expected for row in rows)
    return {"rows": rows, "missed": missed, "trace": trace, "was_asked": True}


def _row(found: Found, expected: Sequence[Expected]) -> Row:
    document, text = str(found.row.version.document_id), found.row.text
    is_expected = any(one.is_found_in(document, text) for one in expected)
    return Row(found, term_pieces(found.text, found.hit.terms), found.view().url, is_expected)


def _chosen(request: HttpRequest, collections: list[Collection]) -> Collection | None:
    """The collection named, which must be visible; else the first."""
    if wanted := request.GET.get("collection", ""):
        return collection_get(wanted if is_uuid(wanted) else "", user=asker(request))
    return collections[0] if collections else None


def _depth(given: str) -> int:
    return int(given) if given.isdigit() and int(given) in DEPTHS else DEPTHS[1]
