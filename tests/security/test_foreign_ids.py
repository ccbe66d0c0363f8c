"""X-01 and X-02: an id that is somebody else's, wherever it stands, is one that does not exist, and nothing happens.

`outsider` has rows of every kind as well. In each operation that takes several ids,
one after the other is exchanged for the owner's, among ids that are all right, and
where an operation takes a list, it is put beside one's own.
"""

import re
import statistics
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Self

import pytest
from celery import Task
from django.apps import apps
from django.db import transaction
from django.test import Client

from kbqa.documents.models import Document, Version

from .conftest import Scene, scene_of
from .surface import API, ROWS, Row
from .test_matrix import ABSENT

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NUM_PAIRS = 1_000
MOST_MS = 5.0
SEEN_BEFORE = {"sessions.Session", "accounts.ApiKey", "accounts.User"}  # last use, which any request may note


def names_in(route: str, row: Row) -> set[str]:
    """What an operation's address, fields and query name of the scene."""
    said = set(re.findall(r"<\w+:(\w+)>", route)) - set(row.place)
    return said | set(re.findall(r"\{(\w+)\}", f"{row.fields} {row.query}")) - {"collection", "outsider"}


OPERATIONS = [
    pytest.param(route, row, name, id=f"{row.method} /{route} #{n} {name}")
    for route, rows in ROWS.items()
    for n, row in enumerate(rows)
    for name in sorted(names_in(route, row))
]
BULK = "collections/<uuid:collection_id>/documents"  # passes over what is not there
READS = [(route, row) for route, rows in API.items() for row in rows if row.method == "GET" and "_id>" in route]


@pytest.fixture
def own(scene: Scene) -> Scene:
    """All of it once more, with `outsider` as the owner."""
    return scene_of(scene.people["outsider"], {**scene.people, "owner": scene.people["outsider"]})


@pytest.fixture
def sent(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every message to a worker."""
    messages: list[object] = request.getfixturevalue("_no_broker")
    monkeypatch.setattr(Task, "apply_async", lambda task, *more, **named: messages.append(task.name))
    return messages


@pytest.mark.parametrize(("route", "row", "name"), OPERATIONS)
def test_one_foreign_id_among_ones_own_is_as_one_that_does_not_exist(
    scene: Scene, own: Scene, sent: list[object], route: str, row: Row, name: str
):
    call = own.program if route in API else own.page
    before = everything()

    foreign = call("owner", route, row, {**own.names, name: scene.names[name]})
    absent = call("owner", route, row, {**own.names, name: ABSENT[name]})

    assert foreign.status_code == absent.status_code == (302 if (route, name) == (BULK, "document_id") else 404)
    assert everything() == before
    assert sent == []
    assert scene.collection.name not in foreign.body.decode(errors="replace")


LISTS = [
    ("api/v1/answers", "collections", "collection_id"),
    ("api/v1/search", "collections", "collection_id"),
    ("v1/chat/completions", "collections", "collection_id"),
    ("ask/stream", "collections", "collection_id"),
    ("keys", "collections", "collection_id"),
]


@pytest.mark.parametrize(("route", "field", "name"), LISTS)
def test_a_foreign_id_in_a_list_of_ones_own_spoils_the_list(
    scene: Scene, own: Scene, sent: list[object], route: str, field: str, name: str
):
    call = own.program if route in API else own.page
    rows = [row for row in ROWS[route] if row.method == "POST"]
    for row in rows:
        mixed = replace(row, fields={**row.fields, field: [own.names[name], scene.names[name]]})
        before = everything()
        with transaction.atomic():
            response = call("owner", route, mixed, own.names)
            after = everything()
            transaction.set_rollback(True)

        assert response.status_code == 404, row
        assert after == before
        assert sent == []


@pytest.mark.parametrize("row", ROWS[BULK], ids=lambda row: row.fields["act"])
def test_a_bulk_act_passes_over_a_foreign_document(scene: Scene, own: Scene, row: Row):
    before = rows_of(scene.version)
    both = [own.names["document_id"], scene.names["document_id"]]

    own.page("owner", BULK, replace(row, fields={**row.fields, "documents": both}), own.names)

    assert rows_of(scene.version) == before
    assert rows_of(own.version) != before


def test_a_foreign_id_in_a_header_is_as_one_that_does_not_exist(scene: Scene, own: Scene):
    path = f"/api/v1/answers/{own.answer.pk}/stream"

    def told(answer_id: str) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {own.keys['owner']}", "Last-Event-ID": f"{answer_id}:1"}
        response = Client().get(path, headers=headers)
        return response.status_code, response.content

    assert told(scene.names["answer_id"]) == told(ABSENT["answer_id"])
    assert told(scene.names["answer_id"])[0] == 422


def test_a_foreign_object_takes_as_long_to_refuse_as_one_that_does_not_exist(scene: Scene):
    """By the clock over all; for each operation by the processor's time, which other work on the machine leaves be."""
    absent = {**scene.names, **ABSENT}
    gaps: dict[str, list[Took]] = defaultdict(list)
    for turn in range(-(-NUM_PAIRS // len(READS))):
        for route, row in READS:
            in_turn = [scene.names, absent] if turn % 2 else [absent, scene.names]
            first, second = (timed(scene, route, row, names) for names in in_turn)
            gaps[route].append(first - second if turn % 2 else second - first)

    assert sum(map(len, gaps.values())) >= NUM_PAIRS
    assert abs(statistics.median(gap.wall_ms for found in gaps.values() for gap in found)) <= MOST_MS
    by_route = {route: statistics.median(gap.cpu_ms for gap in found) for route, found in gaps.items()}
    assert {route: gap for route, gap in by_route.items() if abs(gap) > MOST_MS} == {}


@dataclass(frozen=True, slots=True)
class Took:
    """How long a request took, or how much longer than another."""

    wall_ms: float
    cpu_ms: float

    def __sub__(self, other: Self) -> "Took":
        return Took(self.wall_ms - other.wall_ms, self.cpu_ms - other.cpu_ms)


def timed(scene: Scene, route: str, row: Row, names: dict[str, str]) -> Took:
    wall, cpu = time.perf_counter(), time.thread_time()
    response = scene.program("outsider", route, row, names)
    took = Took(1e3 * (time.perf_counter() - wall), 1e3 * (time.thread_time() - cpu))
    assert response.status_code == 404
    return took


def rows_of(version: Version) -> list[tuple[object, ...]]:
    """A document as the database has it: itself, its versions, and their jobs' states."""
    document = Document.objects.filter(pk=version.document_id)
    return [
        *document.values_list(),
        *Version.objects.filter(document__in=document).order_by("pk").values_list("number", "state", "job__state"),
    ]


def everything() -> dict[str, list[tuple[object, ...]]]:
    """Every row of ours, as it is in the database."""
    return {
        model._meta.label: sorted(model.objects.values_list(), key=repr)
        for model in apps.get_models()
        if model.__module__.startswith("kbqa.") and model._meta.label not in SEEN_BEFORE
    }
