"""Keys by the page: shown once, valid for as long as was chosen, useless once revoked."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from kbqa.accounts.models import ApiKey
from kbqa.accounts.selectors import key_owner
from kbqa.accounts.services import key_issue
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_key_is_shown_once_and_works(page, keeper):
    response = page.post("/keys", {"name": "report", "days": "90"})
    shown = response.context["shown"]

    assert (key_owner(shown), response["Cache-Control"]) == (keeper, "no-store")
    assert shown not in page.get("/keys").content.decode()
    assert shown not in str(dict(page.session))


@pytest.mark.parametrize(
    ("days", "expected"), [("30", 30), ("365", 365), ("", None), ("9999999999", None), ("x", None)]
)
def test_a_key_lives_as_long_as_was_chosen(page, days, expected):
    page.post("/keys", {"name": "report", "days": days})

    expires = ApiKey.objects.get().expires_at
    left = expires and round((expires - timezone.now()) / timedelta(days=1))
    assert left == expected


def test_a_revoked_key_opens_nothing(page, keeper):
    row, shown = key_issue(owner=keeper, name="report")

    html = page.post(f"/keys/{row.pk}/revoke", follow=True).content.decode()

    assert key_owner(shown) is None
    assert "report was revoked; programs that use it are refused." in html
    assert '<span class="chip">revoked</span>' in html


def test_an_expired_key_says_so(page, keeper):
    key_issue(owner=keeper, name="report", expires_at=timezone.now() - timedelta(days=1))

    assert "expired" in page.get("/keys").content.decode()


def test_another_persons_key_is_not_there_to_revoke(page):
    row, _ = key_issue(owner=factories.user(), name="theirs")

    assert page.post(f"/keys/{row.pk}/revoke").status_code == 404


def test_a_key_is_made_for_what_is_ticked_and_says_so(page, keeper):
    shelf, other = factories.collection(owner=keeper, name="Shelf"), factories.collection(owner=keeper, name="Other")
    assert other

    page.post("/keys", {"name": "bot", "scoped": "yes", "scopes": ["ask"], "collections": [str(shelf.pk)]})

    key = ApiKey.objects.get()
    assert (key.scopes, key.collections) == (["ask"], [str(shelf.pk)])
    listed = page.get("/keys").content.decode()
    assert "Ask and search · only in Shelf" in listed


def test_a_key_for_nothing_is_refused_with_a_sentence(page):
    answer = page.post("/keys", {"name": "bot", "scoped": "yes"})

    assert (answer.status_code, ApiKey.objects.count()) == (422, 0)
    assert "something that it may do" in answer.content.decode()


def test_a_key_is_not_made_for_anothers_collection(page):
    answer = page.post("/keys", {"name": "bot", "collections": [str(factories.collection().pk)]})

    assert (answer.status_code, ApiKey.objects.count()) == (404, 0)


def test_each_example_can_be_copied(page):
    html = page.get("/keys").content.decode()

    examples = re.findall(r'<code id="(code-\w+)">', html)
    assert (examples, len(examples)) == (re.findall(r'data-copy="([\w-]+)"', html), 4)
