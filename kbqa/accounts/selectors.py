"""Reads about people and keys."""

import hmac
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from kbqa.errors import NotFound
from kbqa.prepared import Prepared

from .models import ApiKey, Team, User
from .services import secret_digest

MAX_HOLDERS = 500  # of people, and of teams
_LAST_USE_STEP = timedelta(minutes=1)


def key_found(presented: str) -> ApiKey | None:
    """A usable key, its owner kept to the key's collections; or None, and every wrong key costs the same."""
    marker, _, rest = presented.partition("_")
    prefix, _, secret = rest.partition("_")
    row = next(iter(_usable(prefix)), None)
    expected = row.digest if row else "0" * 64
    if not hmac.compare_digest(expected, secret_digest(secret)) or row is None or marker != "kb":
        return None
    _note_use(row)
    row.owner.only_in = None if row.collections is None else frozenset(row.collections)
    return row


_usable = Prepared(
    lambda prefix: ApiKey.objects.usable().select_related("owner").filter(prefix=prefix), hole="no key's prefix"
)


def key_owner(presented: str) -> User | None:
    """The owner of a usable key, whatever it is for."""
    row = key_found(presented)
    return row.owner if row else None


def key_list(*, owner: User) -> QuerySet[ApiKey]:
    return ApiKey.objects.filter(owner=owner).order_by("-created_at")


def key_get(pk: int, *, owner: User) -> ApiKey:
    found = ApiKey.objects.filter(pk=pk, owner=owner).first()
    if found is None:
        raise NotFound("There is no such key.")
    return found


def holder_named(name: str) -> User | Team:
    """The person of this user name, else the team of this name; NotFound for neither."""
    found = User.objects.filter(username=name, is_active=True).first() or Team.objects.filter(name=name).first()
    if found is None:
        raise NotFound("There is no person or team of that name.")
    return found


def holder_names() -> list[str]:
    """Whom a role can be given to, for who may know that: people and teams by name, the first of very many."""
    people = User.objects.filter(is_active=True).order_by("username").values_list("username", flat=True)
    return [*people[:MAX_HOLDERS], *Team.objects.order_by("name").values_list("name", flat=True)[:MAX_HOLDERS]]


def _note_use(row: ApiKey) -> None:
    """Last use, to the minute: a write a request would cost more than it tells."""
    now = timezone.now()
    if row.last_used_at is None or now - row.last_used_at > _LAST_USE_STEP:
        ApiKey.objects.filter(pk=row.pk).update(last_used_at=now)
