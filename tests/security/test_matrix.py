"""The authorisation matrix: every route × every kind of caller, against `surface.ROWS`. No deviation is tolerated."""

import re

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.urls import get_resolver
from rest_framework.views import APIView

from kbqa.accounts.models import User
from kbqa.accounts.services import key_revoke
from kbqa.documents.services import grant_remove

from .conftest import Scene, address
from .surface import ADMIN, ANYONE, API, NOBODY_YET, PEOPLE, ROWS, Row, routes

pytestmark = pytest.mark.django_db

CASES = [
    pytest.param(route, row, id=f"{row.method} /{route} #{n}") for route in ROWS for n, row in enumerate(ROWS[route])
]
IDS = (
    "collection_id",
    "document_id",
    "answer_id",
    "conversation_id",
    "curated_id",
    "import_id",
    "schedule_id",
    "set_id",
    "run_id",
    "deleted_id",
)
ABSENT = {
    **{name: f"00000000-0000-4000-8000-0000000000{n:02}" for n, name in enumerate(IDS)},
    "key_id": "0",
    "job_id": "0",
    "grant_id": "0",
    "case_id": "0",
    "feedback_id": "0",
    "passage": "0",
    "passage_id": "0",
}


def test_every_route_has_a_row_and_every_row_a_route():
    known = {route for route in routes() if not route.startswith(ADMIN)}

    assert known == set(ROWS)


@pytest.mark.parametrize(("route", "row"), CASES)
def test_each_caller_is_answered_as_the_matrix_says(scene: Scene, route: str, row: Row):
    call = scene.program if route in API else scene.page
    deviations = []
    for who in PEOPLE:
        with transaction.atomic():
            response = call(who, route, row)
            transaction.set_rollback(True)
        if not is_expected(response, route, row, who):
            deviations.append((who, response.status_code, response.headers.get("Location"), response.body[:200]))

    assert deviations == []


@pytest.mark.parametrize(
    ("route", "row"),
    [case for case in CASES if "_id" in case.values[0] or "_id}" in str(case.values[1].fields) + case.values[1].query],
)
def test_a_foreign_object_is_answered_as_one_that_does_not_exist(scene: Scene, route: str, row: Row):
    call = scene.program if route in API else scene.page
    absent = {**scene.names, **ABSENT}

    foreign, missing = call("outsider", route, row), call("outsider", route, row, absent)

    assert foreign.status_code == missing.status_code == 404
    assert without_names(foreign, scene.names) == without_names(missing, absent)


@pytest.mark.parametrize("route", sorted(set(ROWS) - {"login", "logout", "i18n/setlang/"}))  # those are Django's own
def test_a_method_that_no_row_names_is_not_allowed(scene: Scene, route: str):
    declared = {row.method for row in ROWS[route]}
    call = scene.program if route in API else scene.page
    place = ROWS[route][0].place

    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - declared:
        response = call("owner", route, Row(method=method, allowed=ANYONE, place=place))
        assert response.status_code == 405, method


@pytest.mark.parametrize("path", ["", "accounts/user/", "documents/collection/", "answers/answer/", "auth/group/"])
def test_the_administration_is_for_administrators(scene: Scene, path: str):
    statuses = {}
    for who in PEOPLE:
        response = scene.sessions[who].get(f"/admin/{path}")
        to_login = response.status_code == 302 and response["Location"].startswith("/admin/login/")
        statuses[who] = "login" if to_login else response.status_code

    assert statuses.pop("administrator") in (200, 404)
    assert set(statuses.values()) == {"login"}


def test_each_api_view_asks_who_calls_unless_the_matrix_opens_it_to_anyone():
    for route, view in api_views():
        is_open = all(row.allowed == ANYONE for row in ROWS[route])
        names = {permission.__name__ for permission in view.permission_classes}
        assert ("IsAuthenticated" in names) != is_open, route
        assert view.authentication_classes or is_open, route


def test_a_key_in_the_address_opens_nothing(scene: Scene):
    key = scene.keys["owner"]

    for name in ("key", "token", "access_token", "api_key", "Authorization"):
        assert scene.sessions["anonymous"].get(f"/api/v1/collections?{name}={key}").status_code == 401


def test_what_is_taken_away_is_gone_at_the_next_request(scene: Scene):
    path = f"/api/v1/collections/{scene.collection.pk}"
    row, names = Row(allowed=ANYONE), scene.names  # as they were, the viewer's grant among them

    def status(who: str) -> int:
        return scene.program(who, path.removeprefix("/"), row, names).status_code

    before = [status(who) for who in ("viewer", "editor", "owner")]
    grant_remove(
        collection=scene.collection,
        grant_id=str(scene.collection.grants.get(user=scene.people["viewer"]).pk),
    )
    key_revoke(key=scene.people["editor"].api_keys.get())
    User.objects.filter(pk=scene.people["owner"].pk).update(is_active=False)

    assert before == [200, 200, 200]
    assert [status(who) for who in ("viewer", "editor", "owner")] == [404, 401, 401]
    assert scene.sessions["owner"].get("/collections").status_code == 302


def is_expected(response: HttpResponse, route: str, row: Row, who: str) -> bool:
    if who in row.allowed:
        return response.status_code in row.statuses and not is_to_login(response)
    if route == "metrics":
        return response.status_code == 403
    if who in NOBODY_YET:
        return response.status_code == 401 if route in API else is_to_login(response)
    return response.status_code == (403 if who in row.seen_by else 404)


def is_to_login(response: HttpResponse) -> bool:
    return response.status_code == 302 and response["Location"].startswith("/login?next=")


def without_names(response: HttpResponse, names: dict[str, str]) -> str:
    """The body with the address and the form's one-time value taken out: neither says whether a thing exists."""
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.body.decode())
    for name in IDS:
        body = body.replace(names[name], name)
    places = {
        "keys": "key_id",
        "jobs": "job_id",
        "cases": "case_id",
        "inbox": "feedback_id",
        "passages": "passage_id",
    }
    for place, name in places.items():
        body = body.replace(f"/{place}/{names[name]}", f"/{place}/{name}")
    return body


def api_views() -> list[tuple[str, type[APIView]]]:
    resolver, found = get_resolver(), []
    for route, rows in API.items():
        view = resolver.resolve(address(route, rows[0], ABSENT)).func
        found.append((route, view.cls))
    return found
