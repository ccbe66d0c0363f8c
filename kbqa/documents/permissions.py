"""Who may see and change a collection: one rule, for the API, the pages and the search alike.

What is not visible does not exist: the answer for a foreign id is the answer for
an absent one.
"""

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet

from kbqa.errors import NotFound, PermissionRefused

from .models import Collection, Document, Grant, Role

if TYPE_CHECKING:
    from kbqa.accounts.models import User

_ROLES_FROM = {
    Role.VIEWER: (Role.VIEWER, Role.EDITOR, Role.OWNER),
    Role.EDITOR: (Role.EDITOR, Role.OWNER),
    Role.OWNER: (Role.OWNER,),
}


def visible_collections(user: "User | AnonymousUser", *, at_least: Role = Role.VIEWER) -> QuerySet[Collection]:
    """The collections in which ``user`` holds this role or a higher one, alone or through a team."""
    return _granted(Collection.objects.all(), user, at_least)


def deleted_collections(user: "User") -> QuerySet[Collection]:
    """Those that ``user`` could have deleted, and may restore."""
    return _granted(Collection.with_deleted.filter(deleted_at__isnull=False), user, Role.OWNER)


def deleted_documents(user: "User") -> QuerySet[Document]:
    """Those that ``user`` could have deleted, and may restore; not of a collection that is deleted itself."""
    return Document.with_deleted.filter(
        deleted_at__isnull=False, collection__in=visible_collections(user, at_least=Role.EDITOR)
    )


def collection_get(pk: UUID | str, *, user: "User | AnonymousUser", at_least: Role = Role.VIEWER) -> Collection:
    """The collection, NotFound unless visible, PermissionRefused unless the role suffices."""
    try:
        found = visible_collections(user).filter(pk=pk).select_related("snapshot").first()
    except (ValidationError, ValueError) as error:
        raise NotFound("There is no such collection.") from error
    if found is None:
        raise NotFound("There is no such collection.")
    if at_least != Role.VIEWER and not visible_collections(user, at_least=at_least).filter(pk=found.pk).exists():
        raise PermissionRefused(f"This needs the role of {at_least.label.lower()} in {found.name}.")
    return found


def role_of(user: "User | AnonymousUser", collection: Collection) -> Role | None:
    """The highest role held, for what a page offers; what is done is checked again where it is done."""
    roles = set(_grants_of(user).filter(collection=collection).values_list("role", flat=True))
    return next((role for role in (Role.OWNER, Role.EDITOR, Role.VIEWER) if role in roles), None)


def document_get(pk: UUID | str, *, user: "User | AnonymousUser", at_least: Role = Role.VIEWER) -> Document:
    """The document, by the rule of its collection."""
    try:
        found = (
            Document.objects.filter(pk=pk, collection__in=visible_collections(user))
            .select_related("collection", "current", "current__job")
            .first()
        )
    except (ValidationError, ValueError) as error:
        raise NotFound("There is no such document.") from error
    if found is None:
        raise NotFound("There is no such document.")
    if at_least != Role.VIEWER:
        collection_get(found.collection_id, user=user, at_least=at_least)
    return found


def _granted(rows: QuerySet[Collection], user: "User | AnonymousUser", at_least: Role) -> QuerySet[Collection]:
    if not user.is_active or not user.is_authenticated:
        return rows.none()
    grants = _grants_of(user).filter(role__in=_ROLES_FROM[at_least])
    return rows.filter(Exists(grants.filter(collection=OuterRef("pk"))))


def _grants_of(user: "User | AnonymousUser") -> QuerySet[Grant]:
    if not user.is_authenticated:
        return Grant.objects.none()
    held = Grant.objects.filter(Q(user=user) | Q(team__members=user))
    return held if user.only_in is None else held.filter(collection__in=[UUID(pk) for pk in user.only_in])
