"""Import: a page from the web, or a text typed in; what is refused comes back with what was typed."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from kbqa.documents.importing import document_fetch, document_paste
from kbqa.documents.models import Collection, Role
from kbqa.documents.permissions import collection_get
from kbqa.documents.services import Upload
from kbqa.errors import ApplicationError

from .pages import asker, page_view
from .said import said


@page_view("GET", "POST")
def import_page(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    collection = collection_get(collection_id, user=asker(request), at_least=Role.EDITOR)
    if request.method == "GET":
        return _page(request, collection)
    try:
        upload = _import(request, collection)
    except ApplicationError as error:
        return _page(request, collection, error=error)
    name = {"name": upload.document.name}
    if upload.duplicate:
        messages.info(request, _("%(name)s is here already; nothing was added.") % name)
    else:
        messages.success(request, _("%(name)s was imported and is being read.") % name)
    return redirect("collection", collection_id=collection.pk)


def _import(request: HttpRequest, collection: Collection) -> Upload:
    given = request.POST
    if url := given.get("url", ""):
        return document_fetch(collection=collection, url=url, by=asker(request))
    return document_paste(
        collection=collection, title=given.get("title", ""), text=given.get("text", ""), by=asker(request)
    )


def _page(request: HttpRequest, collection: Collection, *, error: ApplicationError | None = None) -> HttpResponse:
    context = {"collection": collection, "given": request.POST, "problem": said(error.message) if error else ""}
    return render(request, "web/import.html", context, status=error.status if error else 200)
