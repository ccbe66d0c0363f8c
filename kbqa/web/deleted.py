"""Recently deleted: the page of what may be restored, and the Undo that stands in the message of each deletion."""

from collections.abc import Callable, Iterable, Sequence

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kbqa.answers.models import Conversation
from kbqa.bin.selectors import Kind, deleted_list
from kbqa.bin.services import bin_empty, deleted_erase, deleted_restore
from kbqa.documents.deletable import Deletable
from kbqa.documents.models import Collection, Document
from kbqa.errors import ApplicationError, NotFound

from .pages import asker, is_uuid, page_view, paginate
from .said import said

KINDS = {
    Kind.DOCUMENT: gettext_lazy("Documents"),
    Kind.COLLECTION: gettext_lazy("Collections"),
    Kind.CONVERSATION: gettext_lazy("Conversations"),
}


@page_view("GET", "POST")
def deleted_page(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _act(request)
    kind = request.GET.get("kind", "")
    kinds = [Kind(kind)] if kind in Kind.values else list(Kind)
    context = {
        "page": paginate(deleted_list(user=asker(request), kinds=kinds), request),
        "kind": kind,
        "kinds": KINDS.items(),
        "num_days": settings.BIN_DAYS,
    }
    return render(request, "web/deleted.html", context)


def deletion_say(request: HttpRequest, sentence: str, rows: Iterable[Deletable]) -> None:
    """That they were deleted, with a button that undoes it where it can be undone."""
    undo = " ".join(str(row.pk) for row in rows) if settings.BIN_DAYS else ""
    messages.success(request, sentence, extra_tags=undo)


def _act(request: HttpRequest) -> HttpResponse:
    """Restore or erase what is named, ids with a space between them; or empty the bin."""
    named = [pk for pk in request.POST.get("deleted", "").split() if is_uuid(pk)]
    match request.POST.get("act", ""):
        case "restore" | "undo" as act:
            restored = _each(request, named, deleted_restore)
            if restored:
                _say_restored(request, restored)
            return _home_of(restored) if act == "undo" and restored else redirect("deleted")
        case "erase":
            for row in _each(request, named, deleted_erase):
                messages.success(request, _("%(name)s is gone for good.") % {"name": row})
        case "empty":
            count = bin_empty(user=asker(request))
            sentence = ngettext("%(n)s thing is gone for good.", "%(n)s things are gone for good.", count)
            messages.success(request, sentence % {"n": count})
        case _:
            raise Http404
    return redirect("deleted")


def _each(request: HttpRequest, named: Sequence[str], act: Callable[..., Deletable]) -> list[Deletable]:
    """Those it was done to; a refusal of one is said, and does not stop the others. NotFound if none is there."""
    done, absent = [], 0
    for pk in named:
        try:
            done.append(act(pk, user=asker(request)))
        except NotFound:
            absent += 1
        except ApplicationError as error:
            messages.error(request, said(error.message))
    if absent == len(named):
        raise NotFound("This is not among what was deleted.")
    return done


def _say_restored(request: HttpRequest, rows: Sequence[Deletable]) -> None:
    if len(rows) == 1:
        messages.success(request, _("%(name)s was restored.") % {"name": rows[0]})
    else:
        messages.success(request, _("%(n)s documents were restored.") % {"n": len(rows)})


def _home_of(rows: Sequence[Deletable]) -> HttpResponse:
    """The page it was deleted from."""
    match rows[0]:
        case Document(collection_id=collection_id):
            return redirect("collection", collection_id=collection_id)
        case Collection(pk=pk):
            return redirect("collection", collection_id=pk)
        case Conversation():
            return redirect("history")
    return redirect("deleted")
