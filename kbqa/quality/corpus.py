"""A test set's paragraphs as a collection of real documents, asked through the whole of flow 2.

The paragraphs of one title are one text document; sets without titles are cut into documents
of twenty-five paragraphs. Everything made for the run is removed after it.
"""

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.test.utils import override_settings

from inference.deadline import Deadline
from kbqa.accounts.models import User
from kbqa.answers.pipeline import answer
from kbqa.answers.scope import scope_of
from kbqa.answers.wire import collect
from kbqa.documents.ingestion import version_ingest
from kbqa.documents.models import Collection, Version
from kbqa.documents.services import collection_create, collection_delete, document_upload

from .outcomes import Outcome
from .testset import Case

Progress = Callable[[str, int, int], None]

_PARAGRAPHS_A_DOCUMENT = 25


def corpus_run(cases: Sequence[Case], asked: Sequence[Case], *, progress: Progress) -> list[Outcome]:
    """Ingest the distinct contexts of ``cases``, then ask ``asked`` one after another.

    Every answer is taken down, also those that silence would have kept back: one run
    gives the figures with silence and without.
    """
    configured = settings.ABSTAIN_BELOW
    with _asker() as user, override_settings(ABSTAIN_BELOW=0.0):
        collection = collection_create(name="Evaluation", by=user)
        try:
            place_of = _ingest(collection, user, cases, progress)
            outcomes = []
            for number, case in enumerate(asked, start=1):
                outcomes.append(_ask(case, user, collection, place_of[case.context], configured))
                if number % 25 == 0 or number == len(asked):
                    progress("questions", number, len(asked))
            return outcomes
        finally:
            collection_delete(collection=collection)


@contextmanager
def _asker() -> Iterator[User]:
    """Somebody who may see the collection, cannot sign in, and leaves no turn behind."""
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
        upload = document_upload(collection=collection, name=f"{number:04d}.txt", pieces=[text.encode()], by=user)
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


def _ask(case: Case, user: User, collection: Collection, place: tuple[str, int], configured: float | None) -> Outcome:
    scope = scope_of(user, collections=[collection.pk])
    started = time.perf_counter()
    body = collect(answer(case.question, asker=user, scope=scope, deadline=Deadline.after(settings.ANSWER_DEADLINE_S)))
    ms = (time.perf_counter() - started) * 1e3
    best = body["citations"][0] if body["citations"] else None
    confidence, own = body["confidence"] or 0.0, body["trace"].get("reading", {}).get("reader_threshold", 0.0)
    return Outcome(
        id=case.id,
        golds=case.answers,
        answer=body["answer"],
        quote=best["quote"] if best else "",
        confidence=confidence,
        abstained=body["abstained"] or confidence < (own if configured is None else configured),
        ms=ms,
        rank=_rank(case, body["passages"], place),
    )


def _rank(case: Case, passages: Sequence[dict[str, Any]], place: tuple[str, int]) -> int | None:  # Any: JSON
    """The first passage of the context's document that holds a gold answer, within the context where it is known."""
    document, begin = place
    for rank, passage in enumerate(passages, start=1):
        inside = begin < 0 or (passage["start"] < begin + len(case.context) and begin < passage["end"])
        if passage["document"] == document and inside and any(gold in passage["text"] for gold in case.answers):
            return rank
    return None
