"""Once it is deleted, nothing says its name: no page, no answer of the API, and no route of its own."""

from collections.abc import Iterator

import pytest

from kbqa.accounts.models import KeyScope
from kbqa.accounts.services import key_issue
from kbqa.answers.deleting import conversation_delete
from kbqa.answers.models import Conversation
from kbqa.documents.deleting import collection_delete, document_delete
from kbqa.documents.models import Collection, Document
from kbqa.imports.models import ImportItem, ImportRun
from kbqa.quality.models import RunCase, TestCase
from tests import factories

from .conftest import Scene
from .surface import API, ROWS, Row

pytestmark = pytest.mark.django_db

NAME = "Quillfeather"
OWN = ("deleted", "api/v1/deleted")


def reads(scene: Scene, names: dict[str, str] | None = None) -> Iterator[tuple[str, Row, int, bytes]]:
    """What the owner is answered by every route that reads, but for the bin's own."""
    for route, rows in ROWS.items():
        for row in rows:
            if row.method == "GET" and "owner" in row.allowed and not route.startswith(OWN):
                response = (scene.program if route in API else scene.page)("owner", route, row, names)
                yield route, row, response.status_code, response.body


def told_of(scene: Scene) -> set[str]:
    return {route for route, _row, _status, body in reads(scene) if NAME.encode() in body}


def test_nothing_names_a_deleted_document(scene: Scene):
    document = factories.version(inside=scene.collection).document
    Document.objects.filter(pk=document.pk).update(name=f"{NAME}.txt", title=NAME)
    TestCase.objects.filter(pk=scene.case_id).update(document=document)
    RunCase.objects.filter(run=scene.run_id).update(document=document)
    run = ImportRun.objects.get(pk=scene.import_id)
    ImportItem.objects.create(run=run, position=0, place="p", outcome="new", document=document)
    before = told_of(scene)

    document_delete(document=document, by=scene.people["owner"])

    assert {"collections/<uuid:collection_id>", "jobs", "api/v1/jobs", "quality/sets/<uuid:set_id>"} <= before
    assert told_of(scene) == set()
    assert not any(str(document.pk).encode() in body for *_, body in reads(scene))


def test_nothing_names_a_deleted_collection_and_all_it_holds_is_absent(scene: Scene):
    Collection.objects.filter(pk=scene.collection.pk).update(name=NAME)
    names = dict(scene.names)
    before = told_of(scene)

    collection_delete(collection=scene.collection, by=scene.people["owner"])

    assert {"collections", "api/v1/collections", "", "probe"} <= before
    inside = [
        (route, row)
        for route, rows in ROWS.items()
        for row in rows
        if any(
            f":{name}>" in route
            for name in ("collection_id", "document_id", "job_id", "set_id", "import_id", "schedule_id")
        )
    ]
    for route, row in inside:
        response = (scene.program if route in API else scene.page)("owner", route, row, names)
        assert response.status_code == 404, (row.method, route)
    gone = {route: body for route, _row, _status, body in reads(scene, names)}
    assert {route for route, body in gone.items() if NAME.encode() in body} == set()


def test_nothing_names_a_deleted_conversation_and_its_answers_are_absent(scene: Scene):
    talk = Conversation.objects.get(pk=scene.answer.conversation_id)
    Conversation.objects.filter(pk=talk.pk).update(title=NAME)
    before = told_of(scene)

    conversation_delete(conversation=talk, by=scene.people["owner"])

    assert {"history", "api/v1/conversations"} <= before
    assert told_of(scene) == set()
    for route, row, status, _body in reads(scene):
        if "conversation_id>" in route or "answer_id>" in route:
            assert status == 404, (row.method, route)


def test_a_key_that_may_not_ask_sees_no_conversation_in_the_bin(scene: Scene):
    owner = scene.people["owner"]
    talk = Conversation.objects.create(owner=owner, title=NAME)
    conversation_delete(conversation=talk, by=owner)
    _, scene.keys["owner"] = key_issue(owner=owner, name="writer", scopes=[KeyScope.READ, KeyScope.WRITE])
    (listed,), (erase,) = ROWS["api/v1/deleted"], ROWS["api/v1/deleted/<uuid:deleted_id>"]

    told = scene.program("owner", "api/v1/deleted", listed)
    refused = scene.program(
        "owner", "api/v1/deleted/<uuid:deleted_id>", erase, {**scene.names, "deleted_id": str(talk.pk)}
    )

    assert [row["kind"] for row in told.json()["results"]] == ["document"]
    assert refused.status_code == 404
    assert Conversation.with_deleted.filter(pk=talk.pk).exists()


def test_the_api_lists_by_pages_and_by_kind(scene: Scene):
    owner = scene.people["owner"]
    for number in range(3):
        conversation_delete(conversation=Conversation.objects.create(owner=owner, title=f"{number}"), by=owner)
    row = Row(allowed=frozenset({"owner"}), query="?limit=2")

    first = scene.program("owner", "api/v1/deleted", row).json()
    second = scene.sessions["owner"].get(first["next"]).json()
    talks = scene.program("owner", "api/v1/deleted", Row(allowed=row.allowed, query="?kind=conversation")).json()

    assert [each["name"] for each in first["results"]] == ["2", "1"]
    assert [each["kind"] for each in second["results"]] == ["conversation", "document"]
    assert len(talks["results"]) == 3
