"""Collections: cards, one collection's documents with live progress, settings, members."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kbqa.accounts.selectors import holder_named, holder_names
from kbqa.documents.deleting import collection_delete
from kbqa.documents.models import Collection, Document, Role, Version
from kbqa.documents.permissions import collection_get, role_of
from kbqa.documents.selectors import collection_list, document_counts, document_list, document_search, grant_list
from kbqa.documents.services import (
    collection_create,
    collection_reread,
    collection_tune,
    collection_update,
    document_upload,
    grant_give,
    grant_remove,
)
from kbqa.errors import ApplicationError, Invalid

from .deleted import deletion_say
from .labels import CHUNK_SIZES, FILTERS, LIKELIHOODS, ROLES
from .pages import PAGE_SIZE, asker, is_fragment, is_uuid, page_view, paginate
from .said import said

Json = dict[str, Any]  # Any: JSON


@page_view("GET", "POST")
def collection_page_list(request: HttpRequest) -> HttpResponse:
    status = 200
    if request.method == "POST":
        given = request.POST
        try:
            created = collection_create(
                name=given.get("name", ""), by=asker(request), description=given.get("description", "")
            )
            return redirect("collection", collection_id=created.pk)
        except Invalid as error:
            messages.error(request, said(error.message))
            status = error.status
    context = {"collections": collection_list(user=asker(request))}
    return render(request, "web/collections.html", context, status=status)


@page_view("GET")
def collection_page(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """The documents; the table alone when HTMX asks for it."""
    collection = collection_get(collection_id, user=asker(request))
    text, state = _narrowed(request)
    page = paginate(document_search(document_list(collection=collection), text=text, state=state), request)
    role = role_of(asker(request), collection)
    context = {
        "collection": collection,
        "page": page,
        "may_edit": role in (Role.EDITOR, Role.OWNER),
        "may_own": role == Role.OWNER,
        "working": _working(page),
        **_states(collection, text, state),
    }
    fragment = "components/documents.html" if is_fragment(request) else "web/collection.html"
    return render(request, fragment, context)


@page_view("GET")
def collection_progress(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """The rows of the documents asked after, which of them to ask after again, and how many are in each state."""
    collection = collection_get(collection_id, user=asker(request))
    asked = [pk for pk in request.GET.getlist("documents") if is_uuid(pk)][:PAGE_SIZE]
    documents = list(document_list(collection=collection).filter(pk__in=asked))
    context = {
        "collection": collection,
        "documents": documents,
        "may_edit": role_of(asker(request), collection) in (Role.EDITOR, Role.OWNER),
        "working": _working(documents),
        **_states(collection, *_narrowed(request)),
    }
    return render(request, "components/progress_rows.html", context)


@page_view("POST")
def collection_upload(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """One or many files; each is taken or refused on its own, and says so."""
    collection = collection_get(collection_id, user=asker(request), at_least=Role.EDITOR)
    taken, refused = [], []
    for file in request.FILES.getlist("files"):
        try:
            upload = document_upload(
                collection=collection, name=file.name or "", pieces=file.chunks(), by=asker(request)
            )
            taken.append((file.name, upload))
        except ApplicationError as error:
            refused.append((file.name, said(error.message)))
    if request.headers.get("X-Upload"):  # our script shows each file's fate beside its bar
        context = {"taken": taken, "refused": refused}
        return render(request, "components/upload_fate.html", context, status=422 if refused else 200)
    for name, upload in taken:
        if upload.duplicate:
            messages.info(request, _("%(name)s is here already; nothing was added.") % {"name": name})
    if fresh := sum(not upload.duplicate for _name, upload in taken):
        messages.success(request, ngettext("%(n)s file queued.", "%(n)s files queued.", fresh) % {"n": fresh})
    for name, message in refused:
        messages.error(request, f"{name}: {message}")
    return redirect("collection", collection_id=collection.pk)


@page_view("GET", "POST")
def collection_settings(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    collection = collection_get(collection_id, user=asker(request), at_least=Role.OWNER)
    if request.method == "POST":
        try:
            _save(request, collection)
        except Invalid as error:
            return _settings(request, collection, refused=error)
        messages.success(request, _("Saved."))
        return redirect("collection-settings", collection_id=collection.pk)
    return _settings(request, collection)


@page_view("POST")
def collection_reread_all(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """Every document anew, as the settings are now."""
    collection = collection_get(collection_id, user=asker(request), at_least=Role.OWNER)
    count = collection_reread(collection=collection, by=asker(request))
    said = ngettext("%(n)s document is queued to be read again.", "%(n)s documents are queued to be read again.", count)
    messages.success(request, said % {"n": count})
    return redirect("collection", collection_id=collection.pk)


@page_view("POST")
def collection_member(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """Give a person or a team a role, or take it away; what cannot be is said where it was asked for."""
    collection = collection_get(collection_id, user=asker(request), at_least=Role.OWNER)
    try:
        if grant := request.POST.get("remove"):
            grant_remove(collection=collection, grant_id=grant)
            messages.success(request, _("Removed."))
        else:
            holder = holder_named(request.POST.get("name", "").strip())
            role = grant_give(collection=collection, to=holder, role=_role(request.POST.get("role", ""))).role
            messages.success(
                request, _("%(name)s: %(role)s from now on.") % {"name": holder, "role": ROLES[Role(role)]}
            )
    except ApplicationError as error:
        messages.error(request, said(error.message))
    mine = role_of(asker(request), collection)
    if mine is None:  # one's own role, taken away by oneself
        return redirect("collections")
    if mine != Role.OWNER:
        return redirect("collection", collection_id=collection.pk)
    return redirect(f"{reverse('collection-settings', args=[collection.pk])}#members")


@page_view("POST")
def collection_remove(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    collection = collection_get(collection_id, user=asker(request), at_least=Role.OWNER)
    if request.POST.get("name", "").strip() != collection.name:
        messages.error(request, _("Type the collection's name to delete it."))
        return redirect("collection-settings", collection_id=collection.pk)
    collection_delete(collection=collection, by=asker(request))
    deletion_say(request, _("%(name)s was deleted.") % {"name": collection.name}, [collection])
    return redirect("collections")


def _narrowed(request: HttpRequest) -> tuple[str, str]:
    """The words and the state that the list is narrowed by; empty for all."""
    return request.GET.get("q", "").replace("\x00", ""), request.GET.get("state", "")


def _states(collection: Collection, text: str, state: str) -> Json:
    """How many of the documents found are in each state; the one looked at is there also when none is left in it."""
    found = document_search(document_list(collection=collection), text=text)
    counts, total = document_counts(found), found.count()
    num_working = counts.get(Version.State.PENDING, 0)
    return {
        "text": text,
        "state": state,
        "states": [(key, label, counts.get(key, 0)) for key, label in FILTERS.items() if key in counts or key == state],
        "num_documents": total,
        "num_working": num_working,
        "num_read": total - num_working,
    }


def _working(documents: Iterable[Document]) -> list[Document]:
    return [document for document in documents if document.all_versions[0].state == Version.State.PENDING]  # type: ignore[attr-defined]  # prefetched by document_list


def _role(name: str) -> Role:
    if name not in Role.values:
        raise Invalid("There is no such role.", field="role")
    return Role(name)


def _save(request: HttpRequest, collection: Collection) -> None:
    """One of the page's two forms: how it is asked, or what it is."""
    given = request.POST
    if "glossary" in given:
        _tune(request, collection)
    else:
        collection_update(
            collection=collection, by=asker(request), name=given.get("name"), description=given.get("description")
        )


def _tune(request: HttpRequest, collection: Collection) -> None:
    """The form of how it is asked; a level is one of those offered, or a percentage of one's own."""
    given = request.POST
    level = given.get("level", "")
    percent = given.get("percent", "") if level == "own" else level
    try:
        abstain_below = float(percent) / 100 if percent else None
    except ValueError as error:
        raise Invalid("The least probability lies between 0 and 1.", field="abstain_below") from error
    collection_tune(
        collection=collection,
        glossary=given.get("glossary", ""),
        abstain_below=abstain_below,
        chunk_size=given.get("chunk_size", collection.chunk_size),
    )


def _settings(request: HttpRequest, collection: Collection, *, refused: Invalid | None = None) -> HttpResponse:
    """The page; with what was typed and why it was refused, where it was."""
    typed = request.POST if refused else {}
    percent = None if collection.abstain_below is None else round(100 * collection.abstain_below)
    offered = percent is None or str(percent) in LIKELIHOODS
    grants = list(grant_list(collection=collection))
    owners = [grant for grant in grants if grant.role == Role.OWNER]
    context = {
        "collection": collection,
        "problem": said(refused.message) if refused else "",
        "problem_field": refused.field if refused else "",
        "name": typed.get("name", collection.name),
        "description": typed.get("description", collection.description),
        "glossary": typed.get("glossary", collection.glossary),
        "grants": grants,
        "only_owner": owners[0] if len(owners) == 1 else None,
        "roles": ROLES.items(),
        "holders": holder_names() if asker(request).is_staff else (),  # who else there is, only administrators see
        "levels": LIKELIHOODS.items(),
        "level": ("" if percent is None else str(percent)) if offered else "own",
        "percent": "" if percent is None or offered else percent,
        "sizes": CHUNK_SIZES.items(),
        "num_days": settings.BIN_DAYS,
    }
    return render(request, "web/collection_settings.html", context, status=refused.status if refused else 200)
