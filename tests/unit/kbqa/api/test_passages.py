"""Passages through REST: a page after another, edited and switched off by editors alone."""

from collections.abc import Iterator

import pytest

from kbqa.documents.ingestion import version_ingest
from kbqa.documents.models import Passage, Role, Version
from kbqa.engine import close_engine
from tests import factories
from tests.fakes import FakeEngine

from .conftest import client_of

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "\n\n".join(f"# Part {n}\n\nLamp {n} is lit at dusk." for n in range(5))


@pytest.fixture(autouse=True)
def _fake_engine(monkeypatch) -> Iterator[None]:
    engine = FakeEngine()
    for module in ("indexing", "ingestion", "passages"):
        monkeypatch.setattr(f"kbqa.documents.{module}.get_engine", lambda: engine)
    yield
    close_engine()


@pytest.fixture
def document(upload) -> str:
    made = upload("lamps.md", TEXT.encode()).data["id"]
    version_ingest(Version.objects.get().pk)
    return str(made)


def test_passages_follow_one_another_in_the_order_of_the_text(api, document):
    address, texts = f"/api/v1/documents/{document}/passages?limit=2", []
    while address:
        page = api.get(address).data
        texts += [row["text"] for row in page["results"]]
        address = page["next"]

    assert [f"Lamp {n}" in text for n, text in enumerate(texts)] == [True] * 5


def test_a_passage_is_edited_restored_and_switched_off(api, document):
    row = Passage.objects.order_by("position")[2]
    address = f"/api/v1/passages/{row.pk}"

    edited = api.patch(address, {"text": "Lamp 2 is lit at noon.", "enabled": False}, format="json")
    restored = api.patch(address, {"text": None}, format="json")

    assert (edited.status_code, edited.data["text"], edited.data["source_text"]) == (
        200,
        "Lamp 2 is lit at noon.",
        row.text,
    )
    assert (edited.data["edited"], edited.data["enabled"]) == (True, False)
    assert (restored.data["edited"], restored.data["text"], restored.data["enabled"]) == (False, row.text, False)
    assert api.get(address).data == restored.data


def test_viewers_read_passages_and_change_none_and_strangers_find_none(api, collection, document):
    address = f"/api/v1/passages/{Passage.objects.first().pk}"
    viewer, stranger = client_of(factories.member(collection, Role.VIEWER)), client_of(factories.user())

    assert viewer.get(address).status_code == viewer.get(f"/api/v1/documents/{document}/passages").status_code == 200
    assert viewer.patch(address, {"enabled": False}, format="json").status_code == 403
    assert stranger.get(address).status_code == stranger.get("/api/v1/passages/0").status_code == 404
    assert stranger.get(address).data == stranger.get("/api/v1/passages/0").data


@pytest.mark.parametrize("change", [{"text": ""}, {"text": "word " * 200}, {"enabled": "perhaps"}])
def test_what_makes_no_sense_is_refused_by_field(api, document, change):
    refused = api.patch(f"/api/v1/passages/{Passage.objects.first().pk}", change, format="json")

    assert (refused.status_code, list(refused.data["errors"])) == (422, list(change))


def test_a_number_that_no_row_can_have_is_not_found(api, db):
    assert api.get(f"/api/v1/passages/{10**30}").status_code == 404
