"""The document viewer, opened at the quote; a page's picture; the original; what happened to it."""

from dataclasses import fields
from urllib.parse import urlencode
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from kbqa.documents.history import event_list
from kbqa.documents.models import Document, Role, Version
from kbqa.documents.originals import original_path
from kbqa.documents.passages import edited_within
from kbqa.documents.permissions import document_get, role_of
from kbqa.documents.pictures import can_be_drawn, page_picture
from kbqa.documents.selectors import heading_levels, latest_version, version_list, version_text
from kbqa.errors import NotFound

from .hits import hit_of
from .pages import asker, page_view, paginate
from .viewer import DocumentView, Place, view_of

MAX_BOXED_CHARS = 2_000


@page_view("GET")
def document_page(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """The canonical text around the quote or the page asked for; or why there is none yet."""
    place = _place(request)
    document = document_get(document_id, user=asker(request))
    try:
        _document, version, canonical = version_text(document_id=document_id, user=asker(request), number=place.version)
    except NotFound:
        if place.version:
            raise
        return _not_read(request, document)
    view = view_of(canonical, place)
    headings = heading_levels(version=version, start=view.leaf.start, end=view.leaf.end)
    context = {
        "document": document,
        "version": version,
        "versions": version_list(document=document),
        "view": view,
        "blocks": view.blocks(headings),
        "has_picture": can_be_drawn(version) and view.leaf.page is not None,
        "picture": _picture_url(document, version, view),
        "edited": edited_within(version=version, start=view.marks.start, end=view.marks.end) if view.marks else [],
        "hit": hit_of(request.GET, user=asker(request)),
        "may_edit": _may_edit(request, document),
    }
    return render(request, "web/document.html", context)


@page_view("GET")
def document_picture(request: HttpRequest, document_id: UUID, page: int) -> HttpResponseBase:
    """A page as a picture, the quote marked."""
    place = _place(request)
    _document, version, canonical = version_text(document_id=document_id, user=asker(request), number=place.version)
    marks = place.marks(canonical.text)
    quote = canonical.text[marks.start : marks.end][:MAX_BOXED_CHARS] if marks else ""
    picture = page_picture(version, page=page, quote=quote) if can_be_drawn(version) else None
    if picture is None:
        raise NotFound("This page cannot be drawn.")
    return _inert(FileResponse(picture.open("rb"), content_type="image/png"))


@page_view("GET")
def document_original(request: HttpRequest, document_id: UUID) -> HttpResponseBase:
    """The bytes as they were uploaded: a download, never a page of ours."""
    document = document_get(document_id, user=asker(request))
    version = _version(document, _place(request).version)
    path = original_path(version.digest)
    if not path.is_file():
        raise NotFound("The original is no longer there.")
    file = path.open("rb")
    return _inert(
        FileResponse(file, as_attachment=True, filename=document.name, content_type="application/octet-stream")
    )


@page_view("GET")
def document_history(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """What happened to it, newest first."""
    document = document_get(document_id, user=asker(request))
    context = {
        "document": document,
        "version": _version(document, None),
        "page": paginate(event_list(document=document), request),
        "may_edit": _may_edit(request, document),
    }
    return render(request, "web/document_history.html", context)


def _not_read(request: HttpRequest, document: Document) -> HttpResponse:
    version = latest_version(document)
    context = {
        "document": document,
        "version": version,
        "may_edit": _may_edit(request, document),
    }
    return render(request, "web/document_not_read.html", context)


def _may_edit(request: HttpRequest, document: Document) -> bool:
    return role_of(asker(request), document.collection) in (Role.EDITOR, Role.OWNER)


def _picture_url(document: Document, version: Version, view: DocumentView) -> str:
    place = {"version": version.number}
    if view.marks:
        place |= {"start": view.marks.start, "end": view.marks.end}
    return f"{reverse('document-picture', args=[document.pk, view.leaf.page or 1])}?{urlencode(place)}"


def _version(document: Document, number: int | None) -> Version:
    if number is None:
        return document.current or latest_version(document)
    version = document.versions.filter(number=number).first()
    if version is None:
        raise NotFound("There is no such version.")
    return version


def _place(request: HttpRequest) -> Place:
    """The address's numbers; what is no number was not said."""
    given = {field.name: request.GET.get(field.name, "") for field in fields(Place)}
    return Place(
        **{name: int(value) for name, value in given.items() if value.isascii() and value.isdigit() and len(value) < 10}
    )


def _inert(response: FileResponse) -> FileResponse:
    """Whatever the bytes are, a browser runs nothing in them."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
