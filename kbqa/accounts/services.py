"""Writes about people and keys: keys issued and revoked, teams and their members."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from kbqa.errors import Invalid

from .models import ApiKey, Membership, Team, User, all_scopes


def secret_digest(secret: str) -> str:
    """A keyed digest: the database alone does not let anyone check a guess."""
    return hmac.new(settings.SECRET_KEY.encode(), f"api-key:{secret}".encode(), hashlib.sha256).hexdigest()


def key_issue(
    *,
    owner: User,
    name: str,
    expires_at: datetime | None = None,
    scopes: Iterable[str] | None = None,
    collections: Iterable[object] | None = None,
) -> tuple[ApiKey, str]:
    """The row, and the key itself, which is shown once and never again.

    It may do all that its owner may, unless ``scopes`` say what, or ``collections``, ids, where.
    """
    given = all_scopes() if scopes is None else [scope for scope in all_scopes() if scope in set(scopes)]
    if not given:
        raise Invalid("A key needs something that it may do.", field="scopes")
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    row = ApiKey.objects.create(
        owner=owner,
        name=name,
        prefix=prefix,
        digest=secret_digest(secret),
        expires_at=expires_at,
        scopes=given,
        collections=None if collections is None else sorted(str(pk) for pk in collections),
    )
    return row, f"kb_{prefix}_{secret}"


def key_revoke(*, key: ApiKey) -> None:
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())


@transaction.atomic
def team_create(*, name: str, members: list[User]) -> Team:
    team = Team.objects.create(name=name)
    for user in members:
        member_add(team=team, user=user)
    return team


def member_add(*, team: Team, user: User) -> None:
    Membership.objects.get_or_create(team=team, user=user)


def member_remove(*, team: Team, user: User) -> None:
    Membership.objects.filter(team=team, user=user).delete()
