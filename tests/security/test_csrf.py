"""Cross-site requests: a session alone changes nothing, whatever the content type and wherever it comes from."""

import json

import pytest
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client

from kbqa.accounts.models import ApiKey
from kbqa.answers.models import Answer, Conversation, Feedback
from kbqa.documents.models import Collection, Document, Grant, Version

from .conftest import Scene, address, filled
from .surface import ROWS, SIGNED_IN, Row

pytestmark = pytest.mark.django_db

UNSAFE = [
    pytest.param(route, row, id=f"{row.method} /{route} #{n}")
    for route in ROWS
    for n, row in enumerate(ROWS[route])
    if row.method not in ("GET", "HEAD") and row.allowed & SIGNED_IN
]
TABLES: tuple[type[Model], ...] = (Collection, Document, Version, Grant, Answer, Conversation, Feedback, ApiKey)


@pytest.mark.parametrize(("route", "row"), UNSAFE)
def test_a_session_without_the_forms_token_changes_nothing(scene: Scene, route: str, row: Row):
    client, before = strict_session(scene), rows()

    for response in forged(client, address(route, row, scene.names), row, scene):
        assert response.status_code == (403 if route != "mcp" else 401)  # there a session is no credential at all

    assert rows() == before


def test_the_token_of_another_site_is_no_token(scene: Scene):
    client = strict_session(scene)
    token = client.get("/login").cookies.get("csrftoken") or client.get("/collections").cookies["csrftoken"]

    foreign = client.post(
        "/collections",
        {"name": "Planted", "csrfmiddlewaretoken": token.value},
        headers={"Origin": "https://evil.example"},
    )
    own = client.post("/collections", {"name": "Mine", "csrfmiddlewaretoken": token.value})

    assert (foreign.status_code, own.status_code) == (403, 302)
    assert set(Collection.objects.values_list("name", flat=True)) == {scene.collection.name, "Mine"}


def test_a_form_cannot_sign_somebody_in_from_another_site(scene: Scene):
    client = Client(enforce_csrf_checks=True)

    assert client.post("/login", {"username": "a", "password": "b"}).status_code == 403


def strict_session(scene: Scene) -> Client:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(scene.people["owner"], backend="django.contrib.auth.backends.ModelBackend")
    return client


def forged(client: Client, path: str, row: Row, scene: Scene) -> list[HttpResponse]:
    """The same request as a form, as JSON, as JSON called text, and with a token made up by the other site."""
    fields = filled(row.fields, scene.names)
    call, body = getattr(client, row.method.lower()), json.dumps(fields)
    form = (
        [call(path, fields)] if row.method == "POST" and not any(isinstance(v, list) for v in fields.values()) else []
    )
    return [
        *form,
        call(path, body, content_type="application/json"),
        call(path, body, content_type="text/plain"),
        call(
            path,
            body,
            content_type="application/json",
            headers={"X-CSRFToken": "x" * 32, "Origin": "https://evil.example"},
        ),
    ]


def rows() -> dict[str, int]:
    return {table.__name__: table.objects.count() for table in TABLES}
