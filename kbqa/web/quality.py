"""Quality: test sets, their cases and files; each set is asked again whenever something has changed."""

from collections.abc import Iterable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kbqa.documents.models import Collection, Document, Role
from kbqa.documents.permissions import collection_get, visible_collections
from kbqa.errors import FileTooLarge, NotFound
from kbqa.quality.files import MAX_BYTES, NewCase, read_file, write_file
from kbqa.quality.mending import answer_to_mend, asked_of, sources_of
from kbqa.quality.models import Run, TestSet
from kbqa.quality.runs import run_list, run_start
from kbqa.quality.sets import (
    case_delete,
    case_get,
    case_keep,
    case_list,
    cases_import,
    set_create,
    set_delete,
    set_get,
    set_list,
    set_of,
)

from .pages import asker, is_uuid, page_view, paginate

_MEDIA_TYPES = {"jsonl": "application/jsonl", "csv": "text/csv"}
NUM_RUNS_SHOWN = 20


@page_view("GET", "POST")
def set_page_list(request: HttpRequest) -> HttpResponse:
    """Every set, with its last run; a new one, perhaps with its cases in a file."""
    if request.method == "POST":
        collection = _collection(request)
        cases = _cases_in_file(request)
        test_set = set_create(collection=collection, name=request.POST.get("name", ""), by=asker(request))
        _import(request, test_set, cases)
        return redirect("test-set", set_id=test_set.pk)
    page = paginate(set_list(user=asker(request)), request)
    last: dict[UUID, Run] = {}
    for run in run_list(user=asker(request)).filter(test_set__in=page.object_list):
        last.setdefault(run.test_set_id, run)
    context = {
        "page": page,
        "rows": [(test_set, last.get(test_set.pk)) for test_set in page],
        "collections": visible_collections(asker(request), at_least=Role.EDITOR).order_by("name", "pk"),
    }
    return render(request, "web/quality.html", context)


@page_view("GET")
def set_page(request: HttpRequest, set_id: UUID) -> HttpResponse:
    """The runs and the cases."""
    test_set = set_get(set_id, user=asker(request))
    runs = list(run_list(user=asker(request)).filter(test_set=test_set)[:NUM_RUNS_SHOWN])
    context = {
        "test_set": test_set,
        "page": paginate(case_list(test_set=test_set), request),
        "runs": runs,
        "comparable": [run for run in runs if run.is_over and run.figures],
        "is_running": any(not run.is_over for run in runs),
    }
    return render(request, "web/test_set.html", context)


@page_view("POST")
def set_import(request: HttpRequest, set_id: UUID) -> HttpResponse:
    test_set = set_get(set_id, user=asker(request))
    _import(request, test_set, _cases_in_file(request))
    return redirect("test-set", set_id=test_set.pk)


@page_view("GET")
def set_file(request: HttpRequest, set_id: UUID, kind: str) -> HttpResponse:
    test_set = set_get(set_id, user=asker(request))
    text = write_file(case_list(test_set=test_set), kind=kind)
    response = HttpResponse(text, content_type=f"{_MEDIA_TYPES[kind]}; charset=utf-8")
    name = slugify(test_set.name, allow_unicode=False)[:60] or "test-set"
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


@page_view("POST")
def set_run(request: HttpRequest, set_id: UUID) -> HttpResponse:
    run = run_start(test_set=set_get(set_id, user=asker(request)), by=asker(request))
    return redirect("run", run_id=run.pk)


@page_view("POST")
def set_remove(request: HttpRequest, set_id: UUID) -> HttpResponse:
    test_set = set_get(set_id, user=asker(request))
    set_delete(test_set=test_set)
    messages.success(request, _("%(name)s was deleted.") % {"name": test_set.name})
    return redirect("quality")


@page_view("POST")
def case_add(request: HttpRequest, set_id: UUID) -> HttpResponse:
    """A case typed in: its answers one a line, a document by its name."""
    test_set, given = set_get(set_id, user=asker(request)), request.POST
    case_keep(
        test_set=test_set,
        question=given.get("question", ""),
        answers=given.get("answers", "").splitlines(),
        text=given.get("passage", ""),
        document=_document(test_set, given.get("document", "").strip()),
        by=asker(request),
    )
    messages.success(request, _("Kept as a test case in “%(name)s”.") % {"name": test_set.name})
    return redirect("test-set", set_id=test_set.pk)


@page_view("POST")
def case_remove(request: HttpRequest, case_id: int) -> HttpResponse:
    case = case_get(case_id, user=asker(request))
    case_delete(case=case)
    messages.success(request, _("The case was deleted."))
    return redirect("test-set", set_id=case.test_set_id)


@page_view("POST")
def answer_case(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    """The question of an answer as a case, with what should have come of it."""
    answer, collections = answer_to_mend(answer_id, user=asker(request))
    test_set = _home(request, collections)
    text, document = "", None
    if place := request.POST.get("passage", ""):
        found = [s for s in sources_of(answer, collections=[test_set.collection]) if str(s.place) == place]
        if not found:
            raise NotFound("There is no such passage.")
        text, document = found[0].text, Document.objects.get(pk=found[0].place.document)
    case_keep(
        test_set=test_set,
        question=asked_of(answer),
        answers=request.POST.get("answers", "").splitlines(),
        text=text,
        document=document,
        by=asker(request),
    )
    messages.success(request, _("Kept as a test case in “%(name)s”.") % {"name": test_set.name})
    return redirect("test-set", set_id=test_set.pk)


def _home(request: HttpRequest, collections: Iterable[Collection]) -> TestSet:
    """The set chosen, or a collection's newest; it must be of one of these collections."""
    allowed = {collection.pk: collection for collection in collections}
    kind, _colon, pk = request.POST.get("home", "").partition(":")
    if kind == "collection" and is_uuid(pk) and UUID(pk) in allowed:
        return set_of(allowed[UUID(pk)], by=asker(request))
    test_set = set_get(pk if kind == "set" else "", user=asker(request))
    if test_set.collection_id not in allowed:
        raise NotFound("There is no such test set.")
    return test_set


def _collection(request: HttpRequest) -> Collection:
    named = request.POST.get("collection", "")
    return collection_get(named if is_uuid(named) else "", user=asker(request), at_least=Role.EDITOR)


def _document(test_set: TestSet, name: str) -> Document | None:
    if not name:
        return None
    found = Document.objects.filter(collection=test_set.collection, name=name).first()
    if found is None:
        raise NotFound("There is no such document.")
    return found


def _cases_in_file(request: HttpRequest) -> list[NewCase]:
    """Those of the file that came along, if one did."""
    file = request.FILES.get("file")
    if file is None:
        return []
    if (file.size or 0) > MAX_BYTES:
        raise FileTooLarge(f"The file is larger than {MAX_BYTES >> 20} MB.")
    return read_file(file.read(), name=file.name or "")


def _import(request: HttpRequest, test_set: TestSet, cases: list[NewCase]) -> None:
    if cases:
        kept = cases_import(test_set=test_set, cases=cases, by=asker(request))
        messages.success(request, ngettext("%(n)s case was kept.", "%(n)s cases were kept.", kept) % {"n": kept})
