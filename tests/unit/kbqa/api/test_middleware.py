"""At the door: who is refused gets a sentence, a status and a moment to come back; health is always told."""

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory
from django.utils import translation

from inference.errors import Overloaded
from kbqa.api.middleware import AtTheDoor, _busy_problem
from kbqa.limits.door import Door, DoorConfig


def served(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [b"served"]


def asked(application: WSGIApplication, path: str, **headers: str) -> tuple[str, dict[str, str], bytes]:
    """Status, headers and body of a GET, as the server would see them."""
    seen: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> Any:
        seen.update(status=status, headers=dict(headers))

    body = b"".join(application(RequestFactory().get(path, headers=headers).environ, start_response))
    return seen["status"], seen["headers"], body


@pytest.fixture
def full() -> Iterator[AtTheDoor]:
    """A door whose only place is taken for as long as the test lasts."""
    application = AtTheDoor(served)
    application.door = Door(DoorConfig(places=1, wait_s=0, hold_s=3600))
    with ExitStack() as held:
        held.enter_context(application.door.place())
        yield application


def test_a_program_is_refused_with_a_problem(full: AtTheDoor) -> None:
    status, headers, body = asked(full, "/api/v1/answers")

    assert status == "503 Service Unavailable"
    assert headers["Content-Type"] == "application/problem+json"
    assert int(headers["Retry-After"]) >= 1
    assert int(headers["Content-Length"]) == len(body)
    assert json.loads(body)["code"] == "busy"


def test_a_problem_speaks_english_whatever_the_last_page_spoke(full: AtTheDoor) -> None:
    _busy_problem.cache_clear()

    with translation.override("zh-hans"):
        _, _, body = asked(full, "/api/v1/answers")

    assert "try again" in json.loads(body)["detail"]


def test_a_client_of_openai_s_finds_the_sentence_where_it_looks(full: AtTheDoor) -> None:
    _, _, body = asked(full, "/v1/chat/completions")

    assert json.loads(body)["error"]["message"] == json.loads(body)["detail"]


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [("", "try again in a moment"), ("fr, en;q=0.5", "try again in a moment"), ("zh-CN, en;q=0.5", "请稍后再试")],
)
def test_a_person_is_refused_with_a_page_in_their_language(full: AtTheDoor, wanted: str, sentence: str) -> None:
    status, headers, body = asked(full, "/", accept_language=wanted)

    assert status.startswith("503")
    assert headers["Retry-After"]
    assert sentence in body.decode()


@pytest.mark.parametrize("path", ["/health/live", "/metrics", "/static/kbqa.css"])
def test_how_it_goes_is_told_whoever_waits(full: AtTheDoor, path: str) -> None:
    assert asked(full, path)[2] == b"served"


def test_what_a_view_raises_is_no_refusal() -> None:
    def broken(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        raise Overloaded(retry_after_s=1)

    with pytest.raises(Overloaded):
        asked(AtTheDoor(broken), "/")


@pytest.mark.django_db
def test_every_request_leaves_its_place() -> None:
    application = AtTheDoor(WSGIHandler())
    for _ in range(DoorConfig().places * 2):
        assert not asked(application, "/accounts/login/")[0].startswith("5")
    assert len(application.door) == 0
