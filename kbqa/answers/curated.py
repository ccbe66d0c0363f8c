"""Answers that editors write: the same question, asked of a collection they edit, is answered in their words.

Looked up before every cache, so an edit shows at once and a deletion undoes it; and by
the scope of the question, so nobody hears an answer of a collection that is not theirs.
A quote is copied out of the source here, never taken from the editor, so it is verbatim.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch, QuerySet

from kbqa.documents.models import Collection, Role, Version
from kbqa.documents.permissions import visible_collections
from kbqa.errors import Invalid, NotFound

from .cache import Kept, Level, question_key
from .cite import text_at
from .events import CitationView, Cited, Curation, Token
from .links import viewer_url
from .models import CuratedAnswer, CuratedCitation
from .scope import Scope
from .services import question_clean

if TYPE_CHECKING:
    from kbqa.accounts.models import User

MAX_CHARS = 10_000
MAX_CITATIONS = 10
MAX_QUOTE_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class Place:
    """Characters of a version's canonical text."""

    document: str
    version: int
    start: int
    end: int

    def __str__(self) -> str:
        """As a form sends it."""
        return f"{self.document}:{self.version}:{self.start}:{self.end}"

    @classmethod
    def read(cls, value: str) -> Self:
        document, *numbers = value.split(":")
        if len(numbers) != 3 or not all(n.isascii() and n.isdigit() and len(n) < 10 for n in numbers):
            raise Invalid("This is no place in a document.", field="citations")
        return cls(document, *(int(n) for n in numbers))


def curated_look(question: str, scope: Scope) -> Kept | None:
    """What an editor of a collection in ``scope`` wrote for this question, as the pipeline's events; the newest."""
    row = curated_for(question, collections=scope.curated) if scope.curated else None
    if row is None:
        return None
    curation = Curation(
        id=str(row.pk), collection=str(row.collection_id), by=author_of(row), at=row.updated_at.isoformat()
    )
    return Kept((Token(row.text), Cited(_citations(row), None, curation)), Level.CURATED)


def curated_for(question: str, *, collections: Iterable[Collection]) -> CuratedAnswer | None:
    """The newest one for this question in these collections."""
    rows = CuratedAnswer.objects.filter(
        question_digest=_digest(question), collection__in=[collection.pk for collection in collections]
    )
    return rows.select_related("collection", "updated_by").order_by("-updated_at").first()


def curated_list(*, user: "User", text: str = "") -> QuerySet[CuratedAnswer]:
    """Of the collections that ``user`` edits, the newest first."""
    rows = CuratedAnswer.objects.filter(collection__in=visible_collections(user, at_least=Role.EDITOR))
    if text:
        rows = rows.filter(question__icontains=text) | rows.filter(text__icontains=text)
    return (
        rows.select_related("collection", "updated_by")
        .prefetch_related(Prefetch("citations", CuratedCitation.objects.select_related("version__document")))
        .order_by("-updated_at", "pk")
    )


def curated_get(pk: UUID | str, *, user: "User") -> CuratedAnswer:
    try:
        found = curated_list(user=user).filter(pk=pk).first()
    except (ValidationError, ValueError) as error:
        raise NotFound("There is no such curated answer.") from error
    if found is None:
        raise NotFound("There is no such curated answer.")
    return found


@transaction.atomic
def curated_write(
    *, collection: Collection, question: str, text: str, places: Iterable[Place] = (), by: "User"
) -> CuratedAnswer:
    """Serve ``text`` for the question from now on, in place of what was written for it before."""
    question, text = question_clean(question), _text_clean(text)
    quotes = [_quote(collection, place) for place in dict.fromkeys(places)]
    if len(quotes) > MAX_CITATIONS:
        raise Invalid(f"An answer has {MAX_CITATIONS} sources at most.", field="citations")
    row, _ = CuratedAnswer.objects.update_or_create(
        collection=collection,
        question_digest=_digest(question),
        defaults={"question": question, "text": text, "updated_by": by},
    )
    CuratedCitation.with_deleted.filter(curated=row).delete()
    for number, quote in enumerate(quotes, start=1):
        quote.curated, quote.number = row, number
    CuratedCitation.objects.bulk_create(quotes)
    return row


def curated_delete(*, curated: CuratedAnswer) -> None:
    """From now on the question is answered out of the documents again."""
    curated.delete()


def author_of(row: CuratedAnswer) -> str:
    """The name of who wrote it last; empty once they are gone."""
    return (row.updated_by.get_full_name() or row.updated_by.get_username()) if row.updated_by else ""


def citation_list(row: CuratedAnswer) -> QuerySet[CuratedCitation]:
    """What it rests on, as far as that is there."""
    return CuratedCitation.objects.filter(curated=row).select_related("version__document")


def place_of(citation: CuratedCitation) -> Place:
    """Where it was copied from, as `curated_write` takes it."""
    version = citation.version
    return Place(str(version.document_id), version.number, citation.start, citation.end)


def _citations(row: CuratedAnswer) -> tuple[CitationView, ...]:
    """Numbered anew from 1: one whose document is gone or deleted has gone with it, one switched off is not shown."""
    kept = citation_list(row).filter(version__document__enabled=True)
    return tuple(
        CitationView(
            number=number,
            document=str(c.version.document_id),
            version=c.version.number,
            title=str(c.version.document),
            page=c.page,
            start=c.start,
            end=c.end,
            quote=c.quote,
            url=viewer_url(str(c.version.document_id), version=c.version.number, start=c.start, end=c.end),
        )
        for number, c in enumerate(kept, start=1)
    )


def _quote(collection: Collection, place: Place) -> CuratedCitation:
    """The citation of a place, its words read from the source; the source must be the collection's own."""
    try:
        version = (
            Version.objects.filter(document_id=place.document, document__collection=collection, number=place.version)
            .select_related("canonical")
            .defer("canonical__text")
            .first()
        )
    except (ValidationError, ValueError) as error:
        raise NotFound("There is no such document.") from error
    if version is None:
        raise NotFound("There is no such document.")
    if not 0 <= place.start < place.end <= place.start + MAX_QUOTE_CHARS:
        raise Invalid(f"A quote has between 1 and {MAX_QUOTE_CHARS:,} characters.", field="citations")
    quote = text_at(version.pk, place.start, place.end)
    if quote is None or len(quote) != place.end - place.start:
        raise Invalid("The quote lies outside its document.", field="citations")
    page = _page_at(version.canonical.pages, place.start)
    return CuratedCitation(version=version, page=page, start=place.start, end=place.end, quote=quote)


def _page_at(pages: Sequence[Sequence[int]], at: int) -> int | None:
    return next((number for number, start, end in pages if start <= at < end), None)


def _text_clean(text: str) -> str:
    cleaned = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if not cleaned:
        raise Invalid("The answer is empty.", field="text")
    if len(cleaned) > MAX_CHARS:
        raise Invalid(f"An answer has {MAX_CHARS:,} characters at most.", field="text")
    return cleaned.encode("utf-8", "replace").decode()  # lone surrogates cannot be stored


def _digest(question: str) -> str:
    return hashlib.sha256(question_key(question).encode("utf-8", "replace")).hexdigest()
