"""What one asker may search, fixed at the moment of the question."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import ValidationError

from kbqa.documents.models import Collection, Snapshot
from kbqa.documents.permissions import visible_collections
from kbqa.errors import NotFound

if TYPE_CHECKING:
    from kbqa.accounts.models import User


@dataclass(frozen=True, slots=True)
class Scope:
    """The collections asked, and the snapshots of them that are searched."""

    collections: tuple[Collection, ...]

    @property
    def snapshots(self) -> list[Snapshot]:
        return [c.snapshot for c in self.collections if c.snapshot is not None]

    @property
    def key(self) -> list[tuple[str, int]]:
        """Collection ids with snapshot numbers: changes with every publication and every grant."""
        return sorted((str(c.pk), c.snapshot.number if c.snapshot else 0) for c in self.collections)


def scope_of(user: "User", *, collections: Sequence[UUID | str] | None = None) -> Scope:
    """All that ``user`` may see, or just the collections named; NotFound if one of those is not visible."""
    visible = visible_collections(user).select_related("snapshot").order_by("pk")
    if not collections:
        return Scope(tuple(visible))
    try:
        chosen = tuple(visible.filter(pk__in=collections))
    except (ValidationError, ValueError) as error:
        raise NotFound("There is no such collection.") from error
    if len(chosen) != len({str(pk) for pk in collections}):
        raise NotFound("There is no such collection.")
    return Scope(chosen)
