"""The bin as one person sees it: documents, collections and conversations in one list, the newest deletion first.

Nobody finds here what they could not have deleted themselves; and nothing whose days are
over, whether or not it was swept already.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone

from kbqa.answers.selectors import deleted_conversations
from kbqa.documents.deletable import Deletable
from kbqa.documents.permissions import deleted_collections, deleted_documents
from kbqa.errors import NotFound

if TYPE_CHECKING:
    from kbqa.accounts.models import User


class Kind(models.TextChoices):
    DOCUMENT = "document"
    COLLECTION = "collection"
    CONVERSATION = "conversation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """One thing in the bin; ``place`` is a document's collection, ``by`` empty for nobody known."""

    id: UUID
    kind: Kind
    name: str
    place: str
    deleted_at: datetime
    by: str

    @property
    def erased_at(self) -> datetime:
        return self.deleted_at + timedelta(days=settings.BIN_DAYS)

    @property
    def days_left(self) -> int:
        """Rounded up: 1 on the last one."""
        return -((timezone.now() - self.erased_at) // timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows of several tables as one list: as much of a queryset as paging asks of one."""

    parts: Mapping[Kind, QuerySet[Any]]  # Any: rows of several models
    ordering: tuple[str, ...] = ("-deleted_at", "id")

    def order_by(self, *fields: str) -> Self:
        return replace(self, ordering=tuple("id" if field == "pk" else field for field in fields))

    def filter(self, *where: Any, **fields: Any) -> Self:  # Any: as a queryset takes them
        return replace(self, parts={kind: rows.filter(*where, **fields) for kind, rows in self.parts.items()})

    def count(self) -> int:
        return sum(rows.count() for rows in self.parts.values())

    def __getitem__(self, wanted: slice) -> list[Deleted]:
        first, *others = (_told(kind, rows) for kind, rows in self.parts.items())
        rows = first.union(*others, all=True).order_by(*self.ordering)[wanted]
        return [Deleted(**{**row, "kind": Kind(row["kind"]), "by": row["by"] or ""}) for row in map(_named, rows)]


def deleted_list(*, user: "User", kinds: Iterable[Kind] = tuple(Kind)) -> Bin:
    return Bin(_parts(user, kinds))


def deleted_get(pk: UUID | str, *, user: "User", kinds: Iterable[Kind] = tuple(Kind)) -> Deletable:
    """The row itself; NotFound unless ``user`` could have deleted it and it is of these kinds."""
    for rows in _parts(user, kinds).values():
        if found := rows.filter(pk=pk).first():
            row: Deletable = found
            return row
    raise NotFound("This is not among what was deleted.")


def kept_since() -> datetime:
    """What was deleted before is to be erased."""
    return timezone.now() - timedelta(days=settings.BIN_DAYS)


def _parts(user: "User", kinds: Iterable[Kind]) -> dict[Kind, QuerySet[Any]]:  # Any: as above
    rows: dict[Kind, QuerySet[Any]] = {
        Kind.DOCUMENT: deleted_documents(user),
        Kind.COLLECTION: deleted_collections(user),
        Kind.CONVERSATION: deleted_conversations(user),
    }
    return {kind: rows[kind].filter(deleted_at__gt=kept_since()) for kind in kinds}


def _told(kind: Kind, rows: QuerySet[Any]) -> QuerySet[Any, Any]:  # Any: as above
    """The columns that are told, the same of each kind."""
    called, place = {
        Kind.DOCUMENT: (Coalesce(NullIf("title", Value("")), "name"), F("collection__name")),
        Kind.COLLECTION: (F("name"), Value("")),
        Kind.CONVERSATION: (F("title"), Value("")),
    }[kind]
    told = {"kind": Value(kind.value), "called": called, "place": place, "by": F("deleted_by__username")}
    columns: QuerySet[Any, Any] = rows.order_by().annotate(**told).values("id", "deleted_at", *told)
    return columns


def _named(row: dict[str, Any]) -> dict[str, Any]:  # Any: as above
    return {"name" if column == "called" else column: value for column, value in row.items()}
