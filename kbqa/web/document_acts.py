"""Read again, stop, switch on or off, rename, delete: one document, or all that are ticked.

Deleting asks once, on a page of its own.
"""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kbqa.documents.deleting import document_delete
from kbqa.documents.models import Document, Role
from kbqa.documents.permissions import collection_get, document_get
from kbqa.documents.selectors import document_list, latest_version
from kbqa.documents.services import document_enable, document_rename, version_cancel, version_retry
from kbqa.errors import ApplicationError

from .deleted import deletion_say
from .pages import asker, is_uuid, page_view
from .said import said


@page_view("POST")
def document_act(request: HttpRequest, document_id: UUID, act: str) -> HttpResponse:
    document = document_get(document_id, user=asker(request), at_least=Role.EDITOR)
    return _act(request, act, [document])


@page_view("POST")
def collection_documents(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """One act upon all the documents that are ticked."""
    collection = collection_get(collection_id, user=asker(request), at_least=Role.EDITOR)
    ticked = [pk for pk in request.POST.getlist("documents") if is_uuid(pk)]
    documents = list(document_list(collection=collection).filter(pk__in=ticked).select_related("collection"))
    if not documents:
        messages.info(request, _("Tick the documents first."))
        return redirect("collection", collection_id=collection.pk)
    return _act(request, request.POST.get("act", ""), documents)


def _act(request: HttpRequest, act: str, documents: list[Document]) -> HttpResponse:
    by = asker(request)
    match act:
        case "retry":
            _each(request, documents, lambda document: version_retry(version=latest_version(document), by=by))
        case "cancel":
            _each(request, documents, lambda document: version_cancel(version=latest_version(document), by=by))
        case "enable" | "disable":
            _each(
                request, documents, lambda document: document_enable(document=document, enabled=act == "enable", by=by)
            )
        case "rename" if len(documents) == 1:
            document_rename(document=documents[0], title=request.POST.get("title", ""), by=by)
            messages.success(request, _("Saved."))
        case "delete" if not request.POST.get("sure"):
            context = {
                "documents": documents,
                "collection": documents[0].collection,
                "action": request.path,
                "num_days": settings.BIN_DAYS,
            }
            return render(request, "web/document_delete.html", context)
        case "delete":
            gone = _each(request, documents, lambda document: document_delete(document=document, by=by))
            if gone:
                sentence = ngettext("%(n)s document was deleted.", "%(n)s documents were deleted.", len(gone))
                deletion_say(request, sentence % {"n": len(gone)}, gone)
        case _:
            raise Http404
    if request.POST.get("back"):  # the page of the one document
        return redirect("document", document_id=documents[0].pk)
    return redirect("collection", collection_id=documents[0].collection_id)


def _each(request: HttpRequest, documents: list[Document], act: Callable[[Document], object]) -> list[Document]:
    """Those it was done to; a refusal of one is said, and does not stop the others."""
    done = []
    for document in documents:
        try:
            act(document)
            done.append(document)
        except ApplicationError as error:
            messages.error(request, f"{document.name}: {said(error.message)}")
    return done
