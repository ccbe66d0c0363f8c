"""Jobs: what workers read now, what waits, what failed and why; stopped or tried again from here."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy

from kbqa.documents.models import IngestJob, Role
from kbqa.documents.permissions import document_get
from kbqa.documents.selectors import latest_version
from kbqa.documents.services import version_cancel, version_retry
from kbqa.documents.work import heard_from, job_counts, job_get, job_list
from kbqa.errors import ApplicationError

from .pages import asker, is_fragment, page_view, paginate
from .said import said

STATES = {
    IngestJob.State.RUNNING: gettext_lazy("In work"),
    IngestJob.State.QUEUED: gettext_lazy("Waiting"),
    IngestJob.State.FAILED: gettext_lazy("Failed"),
    IngestJob.State.CANCELLED: gettext_lazy("Cancelled"),
    IngestJob.State.SUCCEEDED: gettext_lazy("Done"),
}
WORKING = (IngestJob.State.QUEUED, IngestJob.State.RUNNING)


@page_view("GET")
def job_page(request: HttpRequest) -> HttpResponse:
    """The queue; the table alone when HTMX asks for it."""
    state = request.GET.get("state", "")
    page, counts = paginate(job_list(user=asker(request), state=state), request), job_counts(user=asker(request))
    context = {
        "page": page,
        "rows": [(job, STATES[IngestJob.State(job.state)], heard_from(job)) for job in page],
        "state": state,
        "states": [(value, label, counts[value]) for value, label in STATES.items()],
        "working": any(counts[working] for working in WORKING),
    }
    return render(request, "components/jobs.html" if is_fragment(request) else "web/jobs.html", context)


@page_view("POST")
def job_act(request: HttpRequest, job_id: int, act: str) -> HttpResponse:
    """Stop it, or try it again."""
    job = job_get(job_id, user=asker(request))
    document = document_get(job.version.document_id, user=asker(request), at_least=Role.EDITOR)
    acts = {"cancel": version_cancel, "retry": version_retry}
    if act not in acts:
        raise Http404
    try:
        acts[act](version=latest_version(document), by=asker(request))
    except ApplicationError as error:
        messages.error(request, f"{document.name}: {said(error.message)}")
    return redirect("jobs")
