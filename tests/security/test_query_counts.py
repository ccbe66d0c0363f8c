"""Whatever is shown or listed asks the database a bounded number of times, however much of it there is.

The pages and the API's reads are those of `ROWS`, which the matrix holds to the resolver:
one that is added without a row fails there, and with one it is counted here.
"""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kbqa.accounts.services import key_issue
from kbqa.answers.curated import curated_write
from kbqa.answers.deleting import conversation_delete
from kbqa.answers.models import Answer, Citation, Conversation
from kbqa.answers.services import feedback_give
from kbqa.documents.deleting import collection_delete, document_delete
from kbqa.documents.history import event_note
from kbqa.documents.models import DocumentEvent, IngestJob, Role, Version
from kbqa.imports.models import ImportItem, ImportRun
from kbqa.quality.models import Run, RunCase
from kbqa.quality.sets import case_keep, set_create
from tests import factories

from .conftest import Scene
from .surface import API, ROWS, Row

pytestmark = pytest.mark.django_db

MOST = 20
MORE = 8


def reads() -> Iterator[tuple[str, Row]]:
    for route, rows in ROWS.items():
        yield from ((route, row) for row in rows if row.method == "GET")


def test_nothing_is_asked_more_often_because_there_is_more_to_show(scene: Scene):
    names = scene.names
    crowd(scene, 1)
    few = {(route, *row.place.values(), row.query): counted(scene, route, row, names) for route, row in reads()}
    crowd(scene, MORE)

    many = {(route, *row.place.values(), row.query): counted(scene, route, row, names) for route, row in reads()}

    assert len(few) > 60
    assert {page: (few[page], num) for page, num in many.items() if num > few[page]} == {}
    assert {page: num for page, num in many.items() if num > MOST} == {}


def counted(scene: Scene, route: str, row: Row, names: dict[str, str]) -> int:
    """Asked twice: what is read once a process is read by then."""
    who = "owner" if "owner" in row.allowed else "administrator"
    call = scene.program if route in API else scene.page
    call(who, route, row, names)
    with CaptureQueriesContext(connection) as asked:
        response = call(who, route, row, names)
    assert response.status_code in row.statuses, route
    return len(asked)


def crowd(scene: Scene, number: int) -> None:
    """As many more rows of everything that a page may list."""
    owner = scene.people["owner"]
    for _ in range(number):
        factories.collection(owner=owner)
        factories.member(scene.collection, Role.VIEWER)
        key_issue(owner=owner, name="more", collections=[scene.collection.pk])
        version = factories.version(inside=scene.collection, state=Version.State.READY, num_passages=1)
        passage = factories.passage(of=version)
        curated_write(collection=scene.collection, question=f"Why {passage.pk}?", text="So.", by=owner)
        document_delete(document=factories.version(inside=scene.collection).document, by=owner)
        collection_delete(collection=factories.collection(owner=owner), by=owner)
        conversation_delete(conversation=Conversation.objects.create(owner=owner, title="Ashes"), by=owner)
        _grow_the_document(scene)
        _grow_the_conversation(scene, version)
        _grow_the_quality(scene, passage.pk)
        _grow_the_import(scene, version)


def _grow_the_document(scene: Scene) -> None:
    position = scene.version.passages.count()
    factories.passage(of=scene.version, position=position)
    event_note(DocumentEvent.Kind.RENAMED, scene.version.document_id, by=factories.user())
    later = scene.version.document.versions.create(
        number=scene.version.document.versions.count() + 1, digest="0" * 64, size_bytes=1, state=Version.State.FAILED
    )
    IngestJob.objects.create(version=later, state=IngestJob.State.FAILED)


def _grow_the_conversation(scene: Scene, version: Version) -> None:
    """Another turn of the conversation, another source of its first answer, another conversation."""
    asker = scene.people["owner"]
    known = {"asker": asker, "question": "How old?", "state": Answer.State.DONE, "text": "200"}
    asked_of = [str(scene.collection.pk)]
    Citation.objects.create(
        answer=scene.answer,
        number=scene.answer.citations.count() + 1,
        document=version.document,
        version=version,
        title=version.document.name,
        start=0,
        end=4,
        quote="Some",
    )
    other = Conversation.objects.create(owner=asker, title="Elms")
    for conversation in (scene.answer.conversation, other):
        answer = Answer.objects.create(**known, conversation=conversation, collections=asked_of)
        feedback_give(answer=answer, user=asker, rating=-1, reason="wrong")


def _grow_the_quality(scene: Scene, question: int) -> None:
    owner = scene.people["owner"]
    other = set_create(collection=scene.collection, name=f"Set {question}", by=owner)
    Run.objects.create(test_set=other, started_by=owner, state=Run.State.DONE, finished_at=timezone.now())
    run = Run.objects.get(pk=scene.run_id)
    case = case_keep(test_set=run.test_set, question=f"How old is {question}?", answers=["200"], by=owner)
    RunCase.objects.create(run=run, case=case, position=question, question=case.question, verdict="wrong", answer="2")
    Run.objects.create(test_set=run.test_set, started_by=owner, state=Run.State.DONE, finished_at=timezone.now())


def _grow_the_import(scene: Scene, version: Version) -> None:
    run = ImportRun.objects.get(pk=scene.import_id)
    ImportItem.objects.create(run=run, position=run.items.count(), place="p", outcome="new", document=version.document)
    ImportRun.objects.create(
        collection=scene.collection, created_by=scene.people["owner"], kind="sitemap", source="http://127.0.0.1/"
    )
