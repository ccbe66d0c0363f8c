"""What one asker may search, fixed at the moment of the question."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Exists, F, OuterRef

from kbqa.documents.models import Collection, Snapshot
from kbqa.documents.permissions import visible_collections
from kbqa.errors import NotFound
from kbqa.prepared import NO_ROW, Prepared

from .models import CuratedAnswer

if TYPE_CHECKING:
    from kbqa.accounts.models import User


@dataclass(frozen=True, slots=True)
class Scope:
    """The collections asked, each with the number of the snapshot that is searched, and those with curated answers."""

    collections: tuple[Collection, ...]
    numbers: tuple[int, ...]
    curated: tuple[Collection, ...] = ()
    everywhere: bool = False  # all that a person sees, whatever is added later

    @property
    def snapshots(self) -> list[Snapshot]:
        """Read only when they are searched: a kept answer needs no more than their numbers."""
        return list(Snapshot.objects.filter(pk__in=[c.snapshot_id for c in self.collections if c.snapshot_id]))

    @property
    def key(self) -> list[tuple[str, int, str, float | None]]:
        """Collection ids with snapshot numbers and settings: changes with every publication, grant and setting."""
        return [
            (str(c.pk), number, c.glossary, c.abstain_below)
            for c, number in zip(self.collections, self.numbers, strict=True)
        ]

    @property
    def glossaries(self) -> list[str]:
        return [collection.glossary for collection in self.collections if collection.glossary]

    @property
    def levels(self) -> list[float | None]:
        """The least confidence that each collection's owner lets an answer have; None for the reader's own."""
        return [collection.abstain_below for collection in self.collections]


def scope_of(user: "User", *, collections: Sequence[UUID | str] | None = None) -> Scope:
    """All that ``user`` may see, or just the collections named; NotFound if one of those is not visible."""
    chosen: list[Any] = _visible(user.pk) if user.is_active else []  # Any: rows with more than their fields
    if user.only_in is not None:
        chosen = [collection for collection in chosen if str(collection.pk) in user.only_in]
    if collections:
        wanted = {str(pk) for pk in collections}
        chosen = [collection for collection in chosen if str(collection.pk) in wanted]
        if len(chosen) != len(wanted):
            raise NotFound("There is no such collection.")
    return Scope(
        collections=tuple(chosen),
        numbers=tuple(collection.number or 0 for collection in chosen),
        curated=tuple(collection for collection in chosen if collection.has_curated),
        everywhere=not collections and user.only_in is None,
    )


_visible = Prepared(
    lambda pk: (
        visible_collections(get_user_model()(pk=pk))
        .annotate(
            number=F("snapshot__number"), has_curated=Exists(CuratedAnswer.objects.filter(collection=OuterRef("pk")))
        )
        .order_by("pk")
    ),
    hole=NO_ROW,
)
