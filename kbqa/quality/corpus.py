"""A test set's paragraphs, or a folder's files, as a collection of real documents, asked through the pipeline.

The paragraphs of one title are one text document; sets without titles are cut into documents
of twenty-five paragraphs. Everything made for the run is removed after it.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from kbqa.accounts.models import User
from kbqa.answers.scope import Scope, scope_of
from kbqa.documents.deletable import mark
from kbqa.documents.deleting import collection_erase
from kbqa.documents.ingestion import version_ingest
from kbqa.documents.models import Collection, Version
from kbqa.documents.services import collection_create, document_upload
from kbqa.errors import ApplicationError
from kbqa.imports.folder import document_name, file_opened, folder_files

from .asking import ask
from .outcomes import Outcome
from .testset import Case

Progress = Callable[[str, int, int], None]
Passages = Sequence[dict[str, Any]]  # Any: JSON

_PARAGRAPHS_A_DOCUMENT = 25
_PIECE_BYTES = 1 << 20


def corpus_run(cases: Sequence[Case], asked: Sequence[Case], *, progress: Progress) -> list[Outcome]:
    """Ingest the distinct contexts of ``cases``, then ask ``asked`` one after another."""
    with _collection() as (collection, user):
        place_of = _ingest(collection, user, cases, progress)
        return _ask_all(asked, collection, user, progress, rank=lambda case, found: _rank(case, found, place_of))


def folders_run(
    folders: Sequence[Path], asked: Sequence[Case], *, progress: Progress, left_out: Callable[[str, str], None]
) -> list[Outcome]:
    """Ingest every file below ``folders``, then ask ``asked`` one after another.

    ``left_out`` is told a file's name and why it could not be read.
    """
    with _collection() as (collection, user):
        files = [(folder, path) for folder in folders for path in folder_files(folder)]
        for number, (folder, path) in enumerate(files, start=1):
            if why := _ingest_file(collection, user, folder, path):
                left_out(path, why)
            progress("documents", number, len(files))
        return _ask_all(asked, collection, user, progress, rank=_first_with_gold)


def _ask_all(
    asked: Sequence[Case],
    collection: Collection,
    user: User,
    progress: Progress,
    *,
    rank: Callable[[Case, Passages], int | None],
) -> list[Outcome]:
    outcomes = []
    for number, case in enumerate(asked, start=1):
        outcomes.append(_ask(case, scope_of(user, collections=[collection.pk]), rank))
        if number % 25 == 0 or number == len(asked):
            progress("questions", number, len(asked))
    return outcomes


@contextmanager
def _collection() -> Iterator[tuple[Collection, User]]:
    with _asker() as user:
        collection = collection_create(name="Evaluation", by=user)
        try:
            yield collection, user
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


def _ingest_file(collection: Collection, user: User, folder: Path, path: str) -> str:
    """Why the file could not be read; empty once it is searched."""
    try:
        with file_opened(folder, path) as file:
            pieces = iter(partial(file.read, _PIECE_BYTES), b"")
            upload = document_upload(collection=collection, name=document_name(path), pieces=pieces, by=user)
    except ApplicationError as error:
        return error.message
    version_ingest(upload.version.pk)
    upload.version.refresh_from_db()
    return "" if upload.version.state == Version.State.READY else upload.version.error or upload.version.state


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


def _ask(case: Case, scope: Scope, rank: Callable[[Case, Passages], int | None]) -> Outcome:
    asked = ask(case.question, scope=scope)
    return Outcome(
        id=case.id,
        golds=case.answers,
        answer=asked.answer,
        quote=asked.quote,
        confidence=asked.confidence,
        abstained=asked.abstained,
        ms=asked.ms,
        rank=rank(case, asked.passages),
        kind=case.kind,
    )


def _first_with_gold(case: Case, passages: Passages) -> int | None:
    """The first passage that holds a gold answer, whichever document it is of."""
    held = (rank for rank, passage in enumerate(passages, start=1) if any(g in passage["text"] for g in case.answers))
    return next(held, None)


def _rank(case: Case, passages: Passages, place_of: Mapping[str, tuple[str, int]]) -> int | None:
    """The first passage of the context's document that holds a gold answer, within the context where it is known."""
    document, begin = place_of[case.context]
    for rank, passage in enumerate(passages, start=1):
        inside = begin < 0 or (passage["start"] < begin + len(case.context) and begin < passage["end"])
        if passage["document"] == document and inside and any(gold in passage["text"] for gold in case.answers):
            return rank
    return None
