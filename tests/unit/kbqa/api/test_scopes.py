"""A key does what it was made for, where it was made for, and says what it lacks."""

import pytest
from rest_framework.test import APIClient

from kbqa.accounts.models import ApiKey, User
from kbqa.accounts.services import key_issue
from kbqa.answers.models import Answer, Conversation
from kbqa.errors import Invalid
from tests import factories

pytestmark = pytest.mark.django_db


def client_with(owner: User, **limits: object) -> APIClient:
    client = APIClient()
    _, key = key_issue(owner=owner, name="limited", **limits)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


@pytest.fixture
def owner(collection) -> User:
    return collection.created_by


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [("ask", {"ask", "search", "models"}), ("read", {"list"}), ("write", {"create"})],
)
def test_a_key_does_what_its_scope_names_and_nothing_else(owner, scope, allowed):
    client = client_with(owner, scopes=[scope])
    calls = {
        "ask": lambda: client.post("/api/v1/answers", {"question": "Is anything here?"}),
        "search": lambda: client.post("/api/v1/search", {"question": "Is anything here?"}),
        "models": lambda: client.get("/v1/models"),
        "list": lambda: client.get("/api/v1/collections"),
        "create": lambda: client.post("/api/v1/collections", {"name": "Fresh"}),
    }
    answers = {name: call() for name, call in calls.items()}

    assert {name for name, answer in answers.items() if answer.status_code < 300} == allowed
    assert {answer.status_code for name, answer in answers.items() if name not in allowed} == {403}


def test_what_a_key_lacks_is_named(owner):
    answer = client_with(owner, scopes=["ask"]).get("/api/v1/collections")

    assert (answer.json()["code"], answer.json()["scope"]) == ("scope_missing", "read")
    assert answer["Content-Type"] == "application/problem+json"


def test_keys_made_before_there_were_scopes_have_all_of_them():
    assert ApiKey(name="old").scopes == ["ask", "read", "write"]
    assert ApiKey(name="old").collections is None


def test_a_key_for_nothing_is_not_made(owner):
    with pytest.raises(Invalid):
        key_issue(owner=owner, name="none", scopes=["admin"])


def test_a_key_for_one_collection_sees_no_other(owner, collection):
    other = factories.collection(owner=owner)
    client = client_with(owner, collections=[collection.pk])

    assert [row["id"] for row in client.get("/api/v1/collections").json()["results"]] == [str(collection.pk)]
    assert client.get(f"/api/v1/collections/{other.pk}").status_code == 404
    both = [str(collection.pk), str(other.pk)]
    assert client.post("/api/v1/search", {"question": "Oak?", "collections": both}).status_code == 404
    asked = client.post("/api/v1/answers", {"question": "Oak?"}).json()["id"]
    assert Answer.objects.get(pk=asked).collections == [str(collection.pk)]


def test_a_key_for_one_collection_knows_nothing_of_what_was_asked_elsewhere(owner, collection):
    other = factories.collection(owner=owner)
    conversation = Conversation.objects.create(owner=owner, title="Elsewhere")
    answer = Answer.objects.create(
        asker=owner, conversation=conversation, question="Oak?", collections=[str(other.pk)], state="done"
    )
    client = client_with(owner, collections=[collection.pk])

    assert client.get(f"/api/v1/answers/{answer.pk}").status_code == 404
    follow_up = {"question": "And now?", "conversation": str(conversation.pk)}
    assert client.post("/api/v1/answers", follow_up).status_code == 404


def test_a_key_for_a_collection_that_is_gone_is_for_none(owner, collection):
    client = client_with(owner, collections=[collection.pk])
    collection.delete()
    factories.collection(owner=owner)

    assert client.get("/api/v1/collections").json()["results"] == []


def test_a_key_for_one_collection_makes_no_other(owner, collection):
    answer = client_with(owner, collections=[collection.pk]).post("/api/v1/collections", {"name": "Fresh"})

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_refused")
