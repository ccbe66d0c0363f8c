import pytest

from kbqa.documents.models import Collection, Role
from kbqa.documents.services import grant_give
from tests import factories

from .conftest import client_of

pytestmark = pytest.mark.django_db


def test_a_collection_is_created_for_its_creator(api):
    response = api.post("/api/v1/collections", {"name": "Contracts"})

    assert response.status_code == 201
    assert api.get(f"/api/v1/collections/{response.data['id']}").data["name"] == "Contracts"


def test_only_visible_collections_are_listed(api, collection):
    factories.collection()

    assert [row["id"] for row in api.get("/api/v1/collections").data["results"]] == [str(collection.pk)]


def test_collections_are_listed_by_name_a_page_at_a_time():
    owner = factories.user()
    api = client_of(owner)
    for name in ("Harbours", "Rivers", "Forests", "Bridges"):
        factories.collection(owner=owner, name=name)
    grant_give(collection=factories.collection(name="Rivers"), to=owner, role=Role.VIEWER)

    address, names = "/api/v1/collections?limit=2", []
    while address:
        page = api.get(address).data
        names += [row["name"] for row in page["results"]]
        address = page["next"]

    assert names == ["Bridges", "Forests", "Harbours", "Rivers", "Rivers"]


def test_a_foreign_collection_is_as_absent_as_one_that_never_was(api):
    foreign = api.get(f"/api/v1/collections/{factories.collection().pk}")
    absent = api.get("/api/v1/collections/00000000-0000-4000-8000-000000000000")

    assert foreign.status_code == absent.status_code == 404
    assert foreign.data == absent.data


@pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 403), (Role.EDITOR, 403), (Role.OWNER, 200)])
def test_only_owners_rename(collection, role, status):
    client = client_of(factories.member(collection, role))

    response = client.patch(f"/api/v1/collections/{collection.pk}", {"name": "New"})

    assert response.status_code == status


def test_nobody_owns_two_collections_of_one_name(api, collection):
    other = api.post("/api/v1/collections", {"name": "Other"}).data
    address = f"/api/v1/collections/{collection.pk}"

    created = api.post("/api/v1/collections", {"name": f" {collection.name.upper()} "})
    renamed = api.patch(address, {"name": "other", "description": "Both.", "glossary": "a = b"})
    kept = api.patch(address, {"name": collection.name.title()})

    assert (created.status_code, renamed.status_code, kept.status_code) == (422, 422, 200)
    assert renamed.data["errors"]["name"] == ["You own a collection named “other” already."]
    assert (kept.data["description"], kept.data["glossary"]) == ("", "")
    assert api.patch(f"/api/v1/collections/{other['id']}", {"name": "Another"}).status_code == 200


def test_a_name_may_be_that_of_anothers_collection(api, collection):
    grant_give(collection=collection, to=(person := factories.user()), role=Role.EDITOR)

    assert client_of(person).post("/api/v1/collections", {"name": collection.name}).status_code == 201


def test_a_deleted_collection_is_gone(api, collection):
    assert api.delete(f"/api/v1/collections/{collection.pk}").status_code == 204

    assert not Collection.objects.filter(pk=collection.pk).exists()


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": "   "}, {"name": "x" * 201}, {"name": ["a"]}])
def test_a_bad_name_is_refused_by_field(api, body):
    response = api.post("/api/v1/collections", body)

    assert response.status_code == 422
    assert "name" in response.data["errors"]


def test_an_owner_sets_how_a_collection_is_asked(api, collection):
    address = f"/api/v1/collections/{collection.pk}"

    changed = api.patch(address, {"glossary": "PTO=leave", "abstain_below": 0.7}, format="json")
    sized = api.patch(address, {"chunk_size": "large", "name": "Renamed"}, format="json")
    undone = api.patch(address, {"abstain_below": None}, format="json")
    nonsense = ({"abstain_below": 2}, {"chunk_size": "huge"}, {"glossary": "x"})
    refused = [api.patch(address, change, format="json") for change in nonsense]

    assert (changed.data["glossary"], changed.data["abstain_below"]) == ("PTO = leave", 0.7)
    assert (sized.data["chunk_size"], sized.data["name"], sized.data["abstain_below"]) == ("large", "Renamed", 0.7)
    assert undone.data["abstain_below"] is None
    assert [(r.status_code, list(r.data["errors"])) for r in refused] == [
        (422, ["abstain_below"]),
        (422, ["chunk_size"]),
        (422, ["glossary"]),
    ]


def test_an_owner_has_all_documents_read_again(api, collection):
    factories.version(inside=collection, state="ready")

    response = api.post(f"/api/v1/collections/{collection.pk}/reread")

    assert (response.status_code, response.data) == (202, {"queued": 1})
