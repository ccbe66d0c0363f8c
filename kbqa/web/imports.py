"""Import: a file, a page, a text, a site or a folder; each looked at before anything is kept, or kept up to date.

What is refused comes back with what was typed. A file is the exception: browsers do not give
one back, so with our script the look appears below the form, which keeps it.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kbqa.documents.importing import document_fetch, document_paste, paste_named
from kbqa.documents.models import Collection, Role
from kbqa.documents.permissions import collection_get
from kbqa.documents.services import Upload, document_upload
from kbqa.errors import ApplicationError, EmptyFile
from kbqa.fetch import fetch_url
from kbqa.imports.models import ImportItem, ImportKind, ImportRun, ImportSchedule
from kbqa.imports.permissions import may_import_folders
from kbqa.imports.preview import Preview, preview
from kbqa.imports.schedules import schedule_create, schedule_delete, schedule_run
from kbqa.imports.selectors import import_get, import_list, item_list, outcome_counts, schedule_get, schedule_list
from kbqa.imports.services import import_begin, import_cancel, import_for_real

from .pages import asker, is_fragment, page_view, paginate
from .said import said

NUM_RECENT = 10
MANY = ("sitemap", "folder")
STATES = {
    ImportRun.State.QUEUED: gettext_lazy("Waiting"),
    ImportRun.State.RUNNING: gettext_lazy("In work"),
    ImportRun.State.DONE: gettext_lazy("Done"),
    ImportRun.State.FAILED: gettext_lazy("Failed"),
    ImportRun.State.CANCELLED: gettext_lazy("Cancelled"),
}
OUTCOMES = {
    ImportItem.Outcome.WAITING: gettext_lazy("Waiting"),
    ImportItem.Outcome.NEW: gettext_lazy("New"),
    ImportItem.Outcome.VERSION: gettext_lazy("New version"),
    ImportItem.Outcome.UNCHANGED: gettext_lazy("Here already"),
    ImportItem.Outcome.REFUSED: gettext_lazy("Refused"),
    ImportItem.Outcome.REMOVED: gettext_lazy("Gone there, in the bin here"),
}
EVERY = {
    ImportSchedule.Every.HOUR: gettext_lazy("every hour"),
    ImportSchedule.Every.DAY: gettext_lazy("every day"),
    ImportSchedule.Every.WEEK: gettext_lazy("every week"),
}
_WORKING = (ImportRun.State.QUEUED, ImportRun.State.RUNNING)


@page_view("GET", "POST")
def import_page(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    collection = collection_get(collection_id, user=asker(request), at_least=Role.EDITOR)
    if request.method == "GET":
        return _page(request, collection)
    try:
        if request.POST.get("every") and request.POST.get("act") != "look":
            return _keep_up(request, collection)
        if request.POST.get("kind") in MANY:
            return _begin(request, collection)
        if request.POST.get("act") == "look":
            return _looked(request, collection)
        upload = _keep(request, collection)
    except ApplicationError as error:
        if is_fragment(request):
            raise
        return _page(request, collection, error=error)
    name = {"name": upload.document.name}
    if upload.duplicate:
        messages.info(request, _("%(name)s is here already; nothing was added.") % name)
    else:
        messages.success(request, _("%(name)s was imported and is being read.") % name)
    return redirect("collection", collection_id=collection.pk)


@page_view("GET")
def import_run(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """What came of each place, or would come; the table alone when HTMX asks for it."""
    run = import_get(import_id, user=asker(request))
    outcome = request.GET.get("state", "")
    page, counts = paginate(item_list(run=run, outcome=outcome), request), outcome_counts(runs=[run])[run.pk]
    context = {
        "run": run,
        "label": STATES[ImportRun.State(run.state)],
        "page": page,
        "rows": [(item, OUTCOMES[ImportItem.Outcome(item.outcome)]) for item in page],
        "state": outcome,
        "outcomes": [(value, label, counts[value]) for value, label in OUTCOMES.items()],
        "num_items": sum(counts.values()),
        "num_done": sum(counts.values()) - counts[ImportItem.Outcome.WAITING],
        "would_bring": counts[ImportItem.Outcome.NEW] + counts[ImportItem.Outcome.VERSION],
        "working": run.state in _WORKING,
    }
    return render(request, "components/import_run.html" if is_fragment(request) else "web/import_run.html", context)


@page_view("POST")
def import_act(request: HttpRequest, import_id: UUID, act: str) -> HttpResponse:
    """Stop it, or bring what a dry run has shown."""
    run = import_get(import_id, user=asker(request))
    if act == "import":
        run = import_for_real(run=run, by=asker(request))
    elif act == "cancel":
        import_cancel(run=run)
    else:
        raise Http404
    return redirect("import", import_id=run.pk)


@page_view("POST")
def schedule_act(request: HttpRequest, schedule_id: UUID, act: str) -> HttpResponse:
    """Import it now, or keep it up to date no longer."""
    schedule = schedule_get(schedule_id, user=asker(request))
    if act == "run":
        return redirect("import", import_id=schedule_run(schedule=schedule).pk)
    if act != "delete":
        raise Http404
    schedule_delete(schedule=schedule)
    messages.success(request, _("%(name)s is kept up to date no longer; its documents stay.") % {"name": schedule})
    return redirect("collection-import", collection_id=schedule.collection_id)


def _begin(request: HttpRequest, collection: Collection) -> HttpResponse:
    run = import_begin(
        collection=collection,
        kind=request.POST["kind"],
        source=request.POST.get("source", ""),
        by=asker(request),
        dry_run=request.POST.get("act") == "look",
    )
    return redirect("import", import_id=run.pk)


def _keep_up(request: HttpRequest, collection: Collection) -> HttpResponse:
    """Imported now and time and again; a page's form has its address under another name."""
    given = request.POST
    is_page = _kind(request) == "url"
    run = schedule_create(
        collection=collection,
        kind=ImportKind.PAGE if is_page else given.get("kind", ""),
        source=given.get("url" if is_page else "source", ""),
        every=given["every"],
        remove_missing="remove_missing" in given,
        by=asker(request),
    )
    return redirect("import", import_id=run.pk)


def _keep(request: HttpRequest, collection: Collection) -> Upload:
    given, by = request.POST, asker(request)
    if given.get("kind") == "file":
        file = request.FILES.get("file")
        if file is None:
            raise EmptyFile("Choose a file first.", field="file")
        return document_upload(collection=collection, name=file.name or "", pieces=file.chunks(), by=by)
    if url := given.get("url", ""):
        return document_fetch(collection=collection, url=url, by=by)
    return document_paste(collection=collection, title=given.get("title", ""), text=given.get("text", ""), by=by)


def _looked(request: HttpRequest, collection: Collection) -> HttpResponse:
    with _brought(request) as (name, pieces):
        found = preview(collection=collection, name=name, pieces=pieces)
    kind = _kind(request)
    if is_fragment(request):
        context = {"look": found, "kind": kind, "label": OUTCOMES[found.foreseen.outcome], "collection": collection}
        return render(request, "components/preview.html", context)
    return _page(request, collection, look=found)


@contextmanager
def _brought(request: HttpRequest) -> Iterator[tuple[str, Iterable[bytes]]]:
    """The name and the bytes that importing would bring."""
    given = request.POST
    if given.get("kind") == "file":
        file = request.FILES.get("file")
        if file is None:
            raise EmptyFile("Choose a file first.", field="file")
        yield file.name or "", file.chunks()
    elif url := given.get("url", ""):
        with fetch_url(url) as fetched:
            yield fetched.name, fetched.pieces()
    else:
        name, content = paste_named(title=given.get("title", ""), text=given.get("text", ""))
        yield name, [content]


def _kind(request: HttpRequest) -> str:
    """Which of the page's forms was sent."""
    return request.POST.get("kind") or ("url" if request.POST.get("url") else "text")


def _with_label(run: ImportRun | None) -> tuple[ImportRun, Any] | None:  # Any: a text that is translated late
    return (run, STATES[ImportRun.State(run.state)]) if run else None


def _page(
    request: HttpRequest,
    collection: Collection,
    *,
    error: ApplicationError | None = None,
    look: Preview | None = None,
) -> HttpResponse:
    runs = list(import_list(collection=collection).filter(schedule=None)[:NUM_RECENT])
    kept = schedule_list(collection=collection)
    counts = outcome_counts(runs=runs)
    context: dict[str, Any] = {
        "collection": collection,
        "given": request.POST,
        "problem": said(error.message) if error else "",
        "kind": _kind(request) if request.method == "POST" else "",
        "look": look,
        "label": OUTCOMES[look.foreseen.outcome] if look else "",
        "may_folders": may_import_folders(asker(request)),
        "roots": settings.IMPORT_ROOTS,
        "every": EVERY.items(),
        "schedules": [
            (schedule, EVERY[ImportSchedule.Every(schedule.every)], _with_label(schedule.last_run)) for schedule in kept
        ],
        "runs": [(run, STATES[ImportRun.State(run.state)], sum(counts[run.pk].values())) for run in runs],
    }
    return render(request, "web/import.html", context, status=error.status if error else 200)
