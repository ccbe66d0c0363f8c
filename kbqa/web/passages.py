"""A document's passages: what is searched and read of it, each to be edited, restored, switched off and on."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from kbqa.documents.models import Role
from kbqa.documents.passages import passage_edit, passage_enable, passage_get, passage_list, passage_restore
from kbqa.documents.permissions import role_of
from kbqa.documents.selectors import version_text

from .labels import PASSAGES
from .pages import PAGE_SIZE, asker, page_view, paginate


@page_view("GET")
def passage_page(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """Those of the version that answers, in the order of its text."""
    document, version, _canonical = version_text(document_id=document_id, user=asker(request))
    text, state = request.GET.get("q", "").replace("\x00", ""), request.GET.get("state", "")
    context = {
        "document": document,
        "version": version,
        "page": paginate(passage_list(version=version, text=text, state=state), request),
        "text": text,
        "state": state,
        "states": PASSAGES.items(),
        "may_edit": role_of(asker(request), document.collection) in (Role.EDITOR, Role.OWNER),
    }
    return render(request, "web/passages.html", context)


@page_view("POST")
def passage_act(request: HttpRequest, passage_id: int, act: str) -> HttpResponse:
    by = asker(request)
    passage = passage_get(passage_id, user=by, at_least=Role.EDITOR)
    match act:
        case "edit":
            passage_edit(passage=passage, text=request.POST.get("text", ""), by=by)
            messages.success(request, _("Saved. It is searched and read in these words from now on."))
        case "restore":
            passage_restore(passage=passage, by=by)
            messages.success(request, _("Restored. It is searched and read in the source's own words again."))
        case "enable" | "disable":
            passage_enable(passage=passage, enabled=act == "enable", by=by)
        case _:
            raise Http404
    place = reverse("document-passages", args=[passage.version.document_id])
    return redirect(f"{place}?page={passage.position // PAGE_SIZE + 1}#passage-{passage.pk}")
