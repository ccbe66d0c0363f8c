"""Curated answers: written for an answer that came out wrong, or at once; changed, or deleted to undo them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from kbqa.answers.curated import (
    MAX_CHARS,
    Place,
    citation_list,
    curated_delete,
    curated_for,
    curated_get,
    curated_list,
    curated_write,
    place_of,
)
from kbqa.answers.models import CuratedAnswer
from kbqa.documents.models import Collection, Role
from kbqa.documents.permissions import collection_get, visible_collections
from kbqa.quality.mending import Source, answer_to_mend, asked_of, sources_of
from kbqa.quality.models import TestSet
from kbqa.quality.sets import set_list

from .pages import asker, is_uuid, page_view, paginate


@dataclass(frozen=True, slots=True)
class Choice:
    """A sentence that may be quoted."""

    value: str
    text: str
    is_ticked: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The sentences of one passage; open where one of them is ticked."""

    title: str
    page: int | None
    choices: tuple[Choice, ...]

    @property
    def is_open(self) -> bool:
        return any(choice.is_ticked for choice in self.choices)


@page_view("GET", "POST")
def curated_page(request: HttpRequest) -> HttpResponse:
    """What was written in the collections one edits; a posted one has no source yet."""
    if request.method == "POST":
        _write(request, request.POST.get("question", ""))
        return redirect("curated")
    text = request.GET.get("q", "").replace("\x00", "")
    page = paginate(curated_list(user=asker(request), text=text), request)
    context = {"page": page, "text": text, "collections": _mine(request), "max_chars": MAX_CHARS}
    return render(request, "web/curated.html", context)


@page_view("GET", "POST")
def curated_edit(request: HttpRequest, curated_id: UUID) -> HttpResponse:
    curated = curated_get(curated_id, user=asker(request))
    if request.method == "POST":
        _write(request, curated.question, inside=curated.collection)
        return redirect("curated")
    context = {
        "question": curated.question,
        "curated": curated,
        "collections": [curated.collection],
        "groups": _kept(curated),
        "max_chars": MAX_CHARS,
    }
    return render(request, "web/curate.html", context)


@page_view("POST")
def curated_remove(request: HttpRequest, curated_id: UUID) -> HttpResponse:
    curated_delete(curated=curated_get(curated_id, user=asker(request)))
    messages.success(request, _("Deleted. The question is answered out of the documents again."))
    return redirect("curated")


@page_view("GET", "POST")
def answer_curate(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    """Write what should have been answered, resting on the sentences found; or keep the question as a test."""
    answer, collections = answer_to_mend(answer_id, user=asker(request))
    question = asked_of(answer)
    if request.method == "POST":
        _write(request, question)
        return redirect("curated")
    curated = curated_for(question, collections=collections)
    quoted = {Place(str(c.document_id), c.version.number, c.start, c.end) for c in answer.citations.all() if c.version}
    sources = sources_of(answer, collections=collections)
    groups = [_group(source, set() if curated else quoted) for source in sources]
    context = {
        "turn": answer,
        "question": question,
        "curated": curated,
        "collections": [curated.collection] if curated else collections,
        "groups": [*(_kept(curated) if curated else ()), *groups],
        "max_chars": MAX_CHARS,
        "sources": sources,
        "homes": _homes(set_list(user=asker(request)).filter(collection__in=collections), collections),
    }
    return render(request, "web/curate.html", context)


def _write(request: HttpRequest, question: str, *, inside: Collection | None = None) -> None:
    given = request.POST
    named = given.get("collection", "")
    collection = inside or collection_get(named if is_uuid(named) else "", user=asker(request), at_least=Role.EDITOR)
    curated_write(
        collection=collection,
        question=question,
        text=given.get("text", ""),
        places=[Place.read(value) for value in given.getlist("quotes")],
        by=asker(request),
    )
    messages.success(request, _("Saved. Whoever asks this is given your answer from now on."))


def _homes(sets: Iterable[TestSet], collections: Sequence[Collection]) -> list[tuple[Collection, list[TestSet]]]:
    """Each collection with its test sets; one that has none is offered a new one."""
    return [(row, [test_set for test_set in sets if test_set.collection_id == row.pk]) for row in collections]


def _mine(request: HttpRequest) -> list[Collection]:
    return list(visible_collections(asker(request), at_least=Role.EDITOR).order_by("name", "pk"))


def _kept(curated: CuratedAnswer) -> Sequence[Group]:
    """The quotes it has, each ticked."""
    return [
        Group(str(c.version.document), c.page, (Choice(str(place_of(c)), c.quote, is_ticked=True),))
        for c in citation_list(curated)
    ]


def _group(source: Source, quoted: set[Place]) -> Group:
    choices = (Choice(str(s.place), s.text, s.place in quoted) for s in source.sentences)
    return Group(source.title, source.page, tuple(choices))
