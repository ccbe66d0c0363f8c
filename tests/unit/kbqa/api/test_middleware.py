"""At the door: who is refused gets a sentence, a status and a moment to come back; health is always told."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from inference.errors import Overloaded
from kbqa.api.middleware import AtTheDoor
from kbqa.limits.door import Door, DoorConfig


@pytest.fixture
def full() -> AtTheDoor:
    """A door whose only place is taken for as long as the test lasts."""
    middleware = AtTheDoor(lambda request: HttpResponse("served"))
    middleware.door = Door(DoorConfig(places=1, wait_s=0, hold_s=3600))
    middleware.door._take()
    return middleware


def test_a_program_is_refused_with_a_problem(full: AtTheDoor) -> None:
    response = full(RequestFactory().post("/api/v1/answers"))

    assert response.status_code == 503
    assert response["Content-Type"] == "application/problem+json"
    assert int(response["Retry-After"]) >= 1
    assert b'"code": "busy"' in response.content


def test_a_person_is_refused_with_a_page(full: AtTheDoor) -> None:
    response = full(RequestFactory().get("/"))

    assert response.status_code == 503
    assert response["Retry-After"]
    assert b"try again in a moment" in response.content


def test_health_is_told_whoever_waits(full: AtTheDoor) -> None:
    assert full(RequestFactory().get("/health/live")).content == b"served"


def test_what_a_view_raises_is_no_refusal() -> None:
    def broken(request: HttpRequest) -> HttpResponse:
        raise Overloaded(retry_after_s=1)

    with pytest.raises(Overloaded):
        AtTheDoor(broken)(RequestFactory().get("/"))


@pytest.mark.django_db
def test_every_request_leaves_its_place(client: Client) -> None:
    for _ in range(DoorConfig().places * 2):
        assert client.get("/accounts/login/").status_code in (200, 301, 302, 404)
