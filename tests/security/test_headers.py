"""What every response carries, whoever asks and whatever went wrong."""

import pytest
from django.http import HttpResponse
from django.test import Client

from .conftest import Scene, consumed
from .surface import ANYONE, API, ROWS, SIGNED_IN, Row

pytestmark = pytest.mark.django_db

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}
NEVER = ("Access-Control-Allow-Origin", "Server", "X-Powered-By")
REDOC = "'self' 'unsafe-inline'"  # makes its style sheet as it runs, on a page that shows nothing people wrote
INERT = "sandbox; default-src 'none'"  # bytes people uploaded, and pictures of them


@pytest.mark.parametrize("route", sorted(ROWS))
def test_every_route_carries_the_headers_to_strangers_and_to_members(scene: Scene, route: str):
    for row in ROWS[route]:
        for who in ("anonymous", "owner"):
            response = scene.program(who, route, row) if route in API else scene.page(who, route, row)
            assert_guarded(response, styles=REDOC if route == "api/redoc/" else "'self'")
            if who == "owner" and row.allowed <= SIGNED_IN:
                assert "no-store" in response["Cache-Control"], row.method


@pytest.mark.parametrize(
    "path", ["/no/such/page", "/api/v1/no-such", "/documents/not-an-id", "/admin/", "/static/nothing.css"]
)
def test_what_is_not_there_is_guarded_too(scene: Scene, path: str):
    for who in ("anonymous", "owner", "administrator"):
        assert_guarded(scene.sessions[who].get(path))


@pytest.mark.parametrize("path", ["/api/v1/no-such", "/api/v1/documents/not-an-id", "/v1/embeddings", "/api/"])
def test_an_address_for_programs_that_is_not_there_is_a_problem(client: Client, path: str):
    response = client.get(path)

    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    assert response.json()["code"] == "not_found"


def test_static_files_are_guarded_too(settings):
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True  # as DEBUG has it: no collectstatic

    response = consumed(Client().get("/static/admin/css/base.css"))

    assert response.status_code == 200
    assert_guarded(response)


def test_a_failure_of_ours_is_guarded_and_says_nothing_of_its_cause(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    secret = "the-reason-nobody-should-read"

    def broken(**_: object) -> None:
        raise RuntimeError(secret)

    monkeypatch.setattr("kbqa.web.keys.key_list", broken)
    monkeypatch.setattr("kbqa.api.collections.collection_list", broken)
    page = scene.sessions["owner"].get("/keys")
    program = scene.program("owner", "api/v1/collections", Row(allowed=ANYONE))

    for response in (page, program):
        assert response.status_code == 500
        assert secret.encode() not in response.content
        assert_guarded(response)
    assert program["Content-Type"] == "application/problem+json"


def test_an_uploaded_file_comes_back_as_a_download_that_runs_nothing(scene: Scene):
    response = scene.page("owner", "documents/<uuid:document_id>/original", Row(allowed=ANYONE))

    assert response["Content-Security-Policy"] == INERT
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Type"] == "application/octet-stream"
    assert response.body.startswith(b"%PDF")


def assert_guarded(response: HttpResponse, *, styles: str = "'self'") -> None:
    for name, value in EVERYWHERE.items():
        assert response.headers.get(name) == value, (response.status_code, name)
    assert not [name for name in NEVER if name in response.headers]
    policy = response["Content-Security-Policy"]
    if policy != INERT:
        rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
        assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == rules["object-src"] == "'none'"
        assert rules["script-src"] == rules["form-action"] == "'self'"
        assert rules["style-src"] == styles
