"""Single sign-on by a proxy's header: off unless it is named, and never beside a program's key."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from kbqa.accounts.models import User
from kbqa.accounts.proxy import MAX_NAME_CHARS
from kbqa.accounts.services import key_issue
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def behind(settings) -> Client:
    """A browser behind the proxy."""
    settings.SIGN_IN_HEADER = "X-Forwarded-User"
    return Client()


def seen(client: Client, name: str | None = None) -> str:
    """Whom the account page greets; "" for somebody who is sent to sign in."""
    answer = client.get("/account", headers={"X-Forwarded-User": name} if name is not None else {})
    return answer.context["user"].username if answer.status_code == 200 else ""


def test_whom_the_proxy_names_is_signed_in_and_gets_an_account_once(behind):
    assert seen(behind, "ada@example.org") == "ada@example.org"
    assert seen(Client(), "ada@example.org") == "ada@example.org"

    ada = User.objects.get()
    assert (ada.is_superuser, ada.is_staff, ada.has_usable_password()) == (False, False, False)
    assert "password" not in behind.get("/account", headers={"X-Forwarded-User": ada.username}).content.decode().lower()


def test_an_account_that_is_there_is_used_and_a_suspended_one_stays_out(behind):
    bo, cy = factories.user(username="bo"), factories.user(username="cy", is_active=False)

    assert seen(behind, "bo") == bo.username
    assert seen(Client(), "cy") == ""
    assert User.objects.count() == len([bo, cy])


def test_the_session_follows_the_header(behind):
    assert seen(behind, "ada") == "ada"
    assert seen(behind, "bo") == "bo"
    assert seen(behind) == ""


@pytest.mark.parametrize("name", ["", "   ", "x" * (MAX_NAME_CHARS + 1)])
def test_a_name_that_is_none_signs_nobody_in(behind, name):
    assert seen(behind, name) == ""
    assert not User.objects.exists()


def test_the_header_is_nothing_unless_the_operator_names_it(settings):
    settings.SIGN_IN_HEADER = ""

    assert seen(Client(), "ada") == ""
    assert not User.objects.exists()


def test_a_key_is_who_it_is_and_no_session_is_begun(behind):
    owner = factories.user()
    _row, key = key_issue(owner=owner, name="script")

    answer = behind.get("/api/v1/collections", headers={"X-Forwarded-User": "ada", "Authorization": f"Bearer {key}"})

    assert answer.status_code == 200
    assert not Session.objects.exists()
    assert not User.objects.exclude(pk=owner.pk).exists()


def test_another_scheme_of_authorization_is_the_proxy_s_own(behind):
    answer = behind.get("/account", headers={"X-Forwarded-User": "ada", "Authorization": "Basic YWRhOnB3"})

    assert answer.context["user"].username == "ada"


def test_signing_out_is_not_offered_where_the_proxy_signs_in_again(behind):
    page = behind.get("/account", headers={"X-Forwarded-User": "ada"}).content.decode()

    assert "/logout" not in page


def test_signing_in_by_password_goes_on_without_the_header(settings):
    settings.SIGN_IN_HEADER = "X-Forwarded-User"
    user = factories.user(username="ada")
    user.set_password("a long pass phrase")
    user.save()
    client = Client()

    client.post("/login", {"username": "ada", "password": "a long pass phrase"})

    assert seen(client) == "ada"
