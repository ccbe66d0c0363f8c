"""One's own account: who one is, and another password without being signed out."""

import pytest
from django.test import Client

from kbqa.accounts.models import User
from kbqa.accounts.services import team_create
from tests import factories

pytestmark = pytest.mark.django_db

OLD, NEW = "the old lamp of the tower", "a new lamp for the tower"


@pytest.fixture
def signed_in(client: Client) -> Client:
    mei = factories.user(username="mei", password=OLD)
    team_create(name="Harbour office", members=[mei])
    client.force_login(mei)
    return client


def test_the_name_in_the_bar_leads_to_what_one_is(signed_in: Client):
    bar = signed_in.get("/history").content.decode()
    account = signed_in.get("/account").content.decode()

    assert 'href="/account" title="Your account">mei</a>' in bar
    for said in ("mei", "Member", "Harbour office", "English", "/account/password"):
        assert said in account


def test_anybody_changes_the_password_and_stays_signed_in(signed_in: Client):
    form = {"old_password": OLD, "new_password1": NEW, "new_password2": NEW}

    response = signed_in.post("/account/password", form, follow=True)

    assert response.redirect_chain == [("/account", 302)]
    assert "Your password was changed." in response.content.decode()
    assert User.objects.get(username="mei").check_password(NEW)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"old_password": "not it", "new_password1": NEW, "new_password2": NEW}, "old_password"),
        ({"old_password": OLD, "new_password1": NEW, "new_password2": OLD}, "new_password2"),
        ({"old_password": OLD, "new_password1": "12345678", "new_password2": "12345678"}, "new_password2"),
    ],
)
def test_a_password_is_not_changed_without_the_old_one_or_to_a_poor_one(signed_in: Client, form, field):
    response = signed_in.post("/account/password", form)

    assert list(response.context["form"].errors) == [field]
    assert response.context["form"].errors[field][0] in response.content.decode().replace("&#x27;", "'")
    assert User.objects.get(username="mei").check_password(OLD)
