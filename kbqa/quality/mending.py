"""Putting an answer right: who may, and the sentences it was read out of, to take quotes from.

Sentences are read from the source itself, never from what the answer kept of it; only
those of collections that the editor edits are offered.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from inference.sentences import split_sentences
from kbqa.answers.cite import text_at
from kbqa.answers.curated import MAX_QUOTE_CHARS, Place
from kbqa.answers.models import Answer
from kbqa.answers.selectors import cited
from kbqa.documents.models import Collection, Document, Role, Version
from kbqa.documents.permissions import visible_collections
from kbqa.errors import NotFound
from kbqa.lookup import row_of

from .complaints import is_complaint_of

if TYPE_CHECKING:
    from kbqa.accounts.models import User

MAX_PASSAGES = 8


@dataclass(frozen=True, slots=True)
class Sentence:
    """What may be quoted, and where it stands."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """A passage of an answer, sentence by sentence."""

    place: Place
    title: str
    page: int | None
    text: str
    sentences: tuple[Sentence, ...]


def answer_to_mend(pk: UUID | str, *, user: "User") -> tuple[Answer, list[Collection]]:
    """One's own answer, or one complained of; and those of its collections that ``user`` edits, one at least.

    First the one that the answer was taken from, or would have been.
    """
    answer = row_of(Answer.objects.prefetch_related(*cited()), pk)
    if answer is None or not (answer.asker_id == user.pk or is_complaint_of(answer, user=user)):
        raise NotFound("There is no such answer.")
    mine = visible_collections(user, at_least=Role.EDITOR).filter(pk__in=answer.collections)
    editable = list(mine.order_by("name", "pk"))
    if not editable:
        raise NotFound("There is no such answer.")
    return answer, _nearest_first(editable, answer)


def sources_of(answer: Answer, *, collections: Sequence[Collection]) -> list[Source]:
    """The first passages the answer was read out of, as far as they are still there in ``collections``."""
    passages = answer.passages[:MAX_PASSAGES]
    rows = Version.objects.filter(
        document__in={passage["document"] for passage in passages}, document__collection__in=collections
    )
    versions = {(str(row.document_id), row.number): row.pk for row in rows.only("document_id", "number")}
    return [
        _source(passage, versions[key])
        for passage in passages
        if (key := (passage["document"], passage["version"])) in versions
    ]


def _nearest_first(collections: Sequence[Collection], answer: Answer) -> list[Collection]:
    documents = [str(citation.document_id) for citation in answer.citations.all()]
    documents += [passage["document"] for passage in answer.passages]
    at = {str(pk): inside for pk, inside in Document.objects.filter(pk__in=documents).values_list("pk", "collection")}
    order = [at[pk] for pk in documents if pk in at] + [collection.pk for collection in collections]
    return sorted(collections, key=lambda collection: order.index(collection.pk))


def asked_of(answer: Answer) -> str:
    """The question as it stands alone, which is what is looked up when it is asked again."""
    return str(answer.trace.get("standalone") or answer.question)


def _source(passage: Mapping[str, Any], version_id: int) -> Source:  # Any: JSON
    start, end = passage["start"], passage["end"]
    text = text_at(version_id, start, end) or ""
    place = Place(passage["document"], passage["version"], start, end)
    return Source(place, passage["title"], passage["page"], text, tuple(_sentences(passage, text)))


def _sentences(passage: Mapping[str, Any], text: str) -> Iterator[Sentence]:  # Any: JSON
    offset = passage["start"]
    for start, end in split_sentences(text):
        place = Place(
            passage["document"], passage["version"], offset + start, offset + min(end, start + MAX_QUOTE_CHARS)
        )
        yield Sentence(place, text[start:end])
