"""Keys: shown once, kept as a digest, refused the moment they are revoked."""

from datetime import timedelta

import pytest
from django.utils import timezone

from kbqa.accounts.models import ApiKey
from kbqa.accounts.selectors import key_owner
from kbqa.accounts.services import key_issue, key_revoke
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_key_names_its_owner():
    owner = factories.user()

    _, key = key_issue(owner=owner, name="script")

    assert key_owner(key) == owner


def test_the_secret_is_nowhere_in_the_row():
    row, key = key_issue(owner=factories.user(), name="script")
    secret = key.removeprefix(f"kb_{row.prefix}_")

    assert len(secret) >= 43
    assert secret not in str(ApiKey.objects.filter(pk=row.pk).values().get())


@pytest.mark.parametrize(
    "spoil", [lambda k: k[:-1], lambda k: k + "x", lambda k: "", lambda k: k.replace("kb_", "xx_")]
)
def test_a_wrong_key_has_no_owner(spoil):
    _, key = key_issue(owner=factories.user(), name="script")

    assert key_owner(spoil(key)) is None


def test_a_revoked_expired_or_suspended_key_has_no_owner():
    revoked, revoked_key = key_issue(owner=factories.user(), name="revoked")
    key_revoke(key=revoked)
    _, expired_key = key_issue(owner=factories.user(), name="old", expires_at=timezone.now() - timedelta(seconds=1))
    _, suspended_key = key_issue(owner=factories.user(is_active=False), name="suspended")

    assert [key_owner(key) for key in (revoked_key, expired_key, suspended_key)] == [None, None, None]
