"""Past conversations: found again, renamed, taken along as a file, or deleted."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _

from kbqa.answers.conversations import conversation_export, conversation_rename
from kbqa.answers.deleting import conversation_delete
from kbqa.answers.selectors import conversation_get, conversation_list

from .deleted import deletion_say
from .pages import asker, page_view, paginate

KINDS = {"json": "JSON", "md": "Markdown", "csv": "CSV"}
_MEDIA_TYPES = {"json": "application/json", "md": "text/markdown", "csv": "text/csv"}


@page_view("GET")
def history_page(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").replace("\x00", "")
    page = paginate(conversation_list(user=asker(request), text=text), request)
    return render(request, "web/history.html", {"page": page, "text": text})


@page_view("GET", "POST")
def conversation_edit(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    conversation = conversation_get(conversation_id, user=asker(request))
    if request.method == "POST":
        conversation_rename(conversation=conversation, title=request.POST.get("title", ""))
        messages.success(request, _("Saved."))
        return redirect("conversation-edit", conversation_id=conversation.pk)
    context = {"conversation": conversation, "kinds": KINDS.items(), "num_days": settings.BIN_DAYS}
    return render(request, "web/conversation_edit.html", context)


@page_view("GET")
def conversation_file(request: HttpRequest, conversation_id: UUID, kind: str) -> HttpResponse:
    conversation = conversation_get(conversation_id, user=asker(request))
    text = conversation_export(conversation=conversation, kind=kind)
    response = HttpResponse(text, content_type=f"{_MEDIA_TYPES[kind]}; charset=utf-8")
    name = slugify(conversation.title, allow_unicode=False)[:60] or "conversation"
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


@page_view("POST")
def conversation_remove(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    conversation = conversation_get(conversation_id, user=asker(request))
    conversation_delete(conversation=conversation, by=asker(request))
    deletion_say(request, _("The conversation was deleted."), [conversation])
    return redirect("history")
