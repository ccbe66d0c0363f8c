"""A test set's paragraphs as a collection of real documents, asked through the pipeline.

The paragraphs of one title are one text document; sets without titles are cut into documents
of twenty-five paragraphs. Everything made for the run is removed after it.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from kbqa.accounts.models import User
from kbqa.answers.scope import Scope, scope_of
from kbqa.documents.deletable import mark
from kbqa.documents.deleting import collection_erase
from kbqa.documents.ingestion import version_ingest
from kbqa.documents.models import Collection, Version
from kbqa.documents.services import collection_create, document_upload

from .asking import ask
from .outcomes import Outcome
from .testset import Case

Progress = Callable[[str, int, int], None]

_PARAGRAPHS_A_DOCUMENT = 25


def corpus_run(cases: Sequence[Case], asked: Sequence[Case], *, progress: Progress) -> list[Outcome]:
    """Ingest the distinct contexts of ``cases``, then ask ``asked`` one after another."""
    with _asker() as user:
        collection = collection_create(name="Evaluation", by=user)
        try:
            place_of = _ingest(collection, user, cases, progress)
            outcomes = []
            for number, case in enumerate(asked, start=1):
                outcomes.append(_ask(case, scope_of(user, collections=[collection.pk]), place_of[case.context]))
                if number % 25 == 0 or number == len(asked):
                    progress("questions", number, len(asked))
            return outcomes
        finally:
            mark(collection, by=user)
            collection_erase(collection=collection)


@contextmanager
def _asker() -> Iterator[User]:
    """Somebody who may see the collection and cannot sign in."""
    user = User.objects.create(username=f"evaluation-{uuid.uuid4().hex[:12]}")
    user.set_unusable_password()
    user.save()
    try:
        yield user
    finally:
        user.delete()


def _ingest(
    collection: Collection, user: User, cases: Sequence[Case], progress: Progress
) -> dict[str, tuple[str, int]]:
    """Context → (document id, where it begins in the document's canonical text; -1 where it was changed)."""
    documents = _documents(cases)
    place_of: dict[str, tuple[str, int]] = {}
    for number, (title, contexts) in enumerate(documents, start=1):
        text = "\n\n".join([title, *contexts])
        name = f"{title.replace('/', ' ')} ({number}).txt"  # as people name files
        upload = document_upload(collection=collection, name=name, pieces=[text.encode()], by=user)
        version_ingest(upload.version.pk)
        upload.version.refresh_from_db()
        if upload.version.state != Version.State.READY:
            raise RuntimeError(f"{title}: {upload.version.error or upload.version.state}")
        canonical = upload.version.canonical.text
        for context in contexts:
            place_of[context] = (str(upload.document.pk), canonical.find(context))
        progress("documents", number, len(documents))
    return place_of


def _documents(cases: Sequence[Case]) -> list[tuple[str, list[str]]]:
    by_title: dict[str, list[str]] = {}
    for case in cases:
        contexts = by_title.setdefault(case.title, [])
        if case.context not in contexts:
            contexts.append(case.context)
    return [
        (title or "Paragraphs", contexts[at : at + size])
        for title, contexts in by_title.items()
        for size in [len(contexts) if title else _PARAGRAPHS_A_DOCUMENT]
        for at in range(0, len(contexts), size)
    ]


def _ask(case: Case, scope: Scope, place: tuple[str, int]) -> Outcome:
    asked = ask(case.question, scope=scope)
    return Outcome(
        id=case.id,
        golds=case.answers,
        answer=asked.answer,
        quote=asked.quote,
        confidence=asked.confidence,
        abstained=asked.abstained,
        ms=asked.ms,
        rank=_rank(case, asked.passages, place),
    )


def _rank(case: Case, passages: Sequence[dict[str, Any]], place: tuple[str, int]) -> int | None:  # Any: JSON
    """The first passage of the context's document that holds a gold answer, within the context where it is known."""
    document, begin = place
    for rank, passage in enumerate(passages, start=1):
        inside = begin < 0 or (passage["start"] < begin + len(case.context) and begin < passage["end"])
        if passage["document"] == document and inside and any(gold in passage["text"] for gold in case.answers):
            return rank
    return None
