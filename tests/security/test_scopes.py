"""Every operation × every scope: a key with it is answered as the matrix says, one without it is told what it lacks."""

import re

import pytest
from django.db import transaction

from kbqa.accounts.models import KeyScope
from kbqa.accounts.permissions import scope_needed
from kbqa.accounts.services import key_issue

from .conftest import Scene
from .surface import ANYONE, API, Row
from .test_matrix import api_views

pytestmark = pytest.mark.django_db

VIEWS = dict(api_views())
CASES = [
    pytest.param(route, row, id=f"{row.method} /{route} #{n}")
    for route, rows in API.items()
    for n, row in enumerate(rows)
    if row.allowed != ANYONE
]


@pytest.mark.parametrize(("route", "row"), CASES)
def test_a_key_needs_the_operations_scope_and_no_other(scene: Scene, route: str, row: Row):
    who = "owner" if "owner" in row.allowed or not row.allowed else min(row.allowed)
    needed = scope_needed(VIEWS[route], row.method)
    told = {}
    for scope in KeyScope.values:
        _, scene.keys[who] = key_issue(owner=scene.people[who], name=scope, scopes=[scope])
        with transaction.atomic():
            response = scene.program(who, route, row)
            transaction.set_rollback(True)
        lacks = response.status_code == 403 and response.headers["Content-Type"] == "application/problem+json"
        told[scope] = response.data.get("scope") if lacks else None

    assert told == {scope: None if scope == needed else needed for scope in KeyScope.values}


def test_what_reads_asks_for_read_and_what_writes_for_write_unless_it_is_about_asking():
    asking = {route for route, view in VIEWS.items() if getattr(view, "scope", None) == KeyScope.ASK}

    about_asking = {route for route in VIEWS if re.search("^v1/|^mcp|/answers|/search|/conversations", route)}
    assert asking == about_asking
    assert {scope_needed(VIEWS[route], "GET") for route in set(VIEWS) - asking} == {"read"}
    assert {scope_needed(VIEWS[route], "DELETE") for route in set(VIEWS) - asking} == {"write"}
