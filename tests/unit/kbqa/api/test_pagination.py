"""Cursors are the pages' own: one made up is a page that does not exist."""

from base64 import b64encode

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["conversations", "deleted", "jobs"])
@pytest.mark.parametrize("position", [b"p=garbage", b"r=1&p=99999-99-99", b"\xff"])
def test_a_forged_cursor_is_answered_as_an_absent_page(api, path: str, position: bytes):
    answered = api.get(f"/api/v1/{path}", {"cursor": b64encode(position).decode()})

    assert (answered.status_code, answered.json()["code"]) == (404, "not_found")
