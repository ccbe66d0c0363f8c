"""Requests made up from the OpenAPI document, good and bad, one by one and in chains, as each role and as a stranger.

Whatever comes in, the API answers with a status, a media type and a body that the
document declares, and never with a failure of ours. The same requests every time;
`KBQA_FUZZ_EXAMPLES=500` makes up so many for each operation, beside the boundary cases.
"""

import json
import os
import re
import socket
import uuid
from collections.abc import Iterator

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, settings
from schemathesis import CheckContext, Response
from schemathesis.openapi import from_wsgi
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from kbqa.api import examples
from tests import factories

from .conftest import Scene
from .surface import API, Row

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NUM_EXAMPLES = int(os.environ.get("KBQA_FUZZ_EXAMPLES", "8"))
ROUTES = {  # as the document spells them → as the resolver does
    "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", route): route for route in API if route not in ("mcp", "api/v1/openapi.json")
}
ROLES = ("owner", "editor", "viewer", "outsider", "administrator")


def not_a_failure_of_ours(context: CheckContext, response: Response, case: schemathesis.Case) -> None:
    """Too busy, or out of time, may be said, by saying so; anything else above 499 is ours to mend."""
    assert response.status_code < 500 or response.status_code in (503, 504), response.text
    assert response.status_code != 503 or response.headers.get("retry-after"), "503 without Retry-After"


CHECKS = [not_a_failure_of_ours, status_code_conformance, content_type_conformance, response_schema_conformance]
made_up = settings(
    max_examples=NUM_EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


document = from_wsgi("/api/v1/openapi.json", get_wsgi_application())  # as the running application gives it


@pytest.fixture(autouse=True)
def _inside_the_tests_transaction(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Requests here are a server's: they would close the test's connection, and ask about hosts that are made up."""
    ask = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: ask(*a, **{**k, "flags": socket.AI_NUMERICHOST}))
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


def test_the_document_has_every_operation_of_the_api():
    """MCP has a protocol of its own, and the document does not describe itself."""
    operations = {(row.method, path) for path, route in ROUTES.items() for row in API[route]}

    assert {(each.ok().method.upper(), each.ok().path) for each in document.get_all_operations()} == operations


@document.parametrize()
@made_up
def test_each_role_is_answered_as_the_document_says(case: schemathesis.Case, scene: Scene):
    """Every example by every role; what one of them changes the next does not see."""
    for name in case.path_parameters or {}:
        if is_id(case.path_parameters[name]) and name in scene.names:
            case.path_parameters[name] = scene.names[name]  # a thing that exists

    for who in ROLES:
        with transaction.atomic():
            case.call_and_validate(headers={"Authorization": f"Bearer {scene.keys[who]}"}, checks=CHECKS)
            transaction.set_rollback(True)


@document.parametrize()
@made_up
def test_a_stranger_is_answered_as_the_document_says(case: schemathesis.Case, scene: Scene):
    response = case.call_and_validate(checks=CHECKS)

    assert response.status_code in (401, 404, 405, 406) or case.path == "/api/v1/openapi.json"


@pytest.mark.parametrize("who", ROLES)
def test_chains_of_requests_are_answered_as_the_document_says(scene: Scene, who: str):
    """What one request made, the next reads, changes or deletes."""

    class Caller(document.as_state_machine()):  # type: ignore[misc]  # made at run time
        def setup(self) -> None:
            self.undone = transaction.atomic()
            self.undone.__enter__()

        def teardown(self) -> None:
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)

        def get_call_kwargs(self, case: schemathesis.Case) -> dict[str, object]:
            return {"headers": {"Authorization": f"Bearer {scene.keys[who]}"}}

        def validate_response(self, response: Response, case: schemathesis.Case, **_: object) -> None:
            case.validate_response(response, checks=CHECKS)

    Caller.run(settings=settings(made_up, stateful_step_count=8))


@pytest.mark.parametrize("name", sorted(set(examples.REQUESTS) - {"UrlRequest"}))  # which would leave this machine
def test_what_the_document_shows_is_taken_as_it_stands(scene: Scene, name: str):
    shown = json.loads(json.dumps(examples.REQUESTS[name]).replace(examples.COLLECTION, scene.names["collection_id"]))
    factories.user(username="ada")  # as in an example
    upload = name == "UploadRequest"

    for operation in (each.ok() for each in document.get_all_operations()):
        if f"schemas/{name}'" in str(operation.definition.raw.get("requestBody")):
            row = Row(method=operation.method.upper(), allowed=frozenset(), fields=shown, upload=upload)
            assert scene.program("owner", ROUTES[operation.path], row).status_code in (200, 201, 202, 204)


def is_id(value: object) -> bool:
    """Whether the value could name a row: a number, or a UUID."""
    try:
        return isinstance(value, int) or bool(uuid.UUID(str(value)))
    except ValueError:
        return False
