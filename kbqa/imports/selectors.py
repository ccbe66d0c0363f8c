"""Reads about imports and their schedules: for editors of the collection they go into."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Count, QuerySet

from kbqa.documents.models import Collection, Role
from kbqa.documents.permissions import collection_get, visible_collections
from kbqa.documents.selectors import document_named
from kbqa.errors import NotFound

from .models import ImportItem, ImportRun, ImportSchedule

if TYPE_CHECKING:
    from kbqa.accounts.models import User


def import_get(pk: UUID | str, *, user: "User") -> ImportRun:
    """The run, NotFound unless its collection is visible, PermissionRefused unless the user edits it."""
    found = (
        ImportRun.objects.filter(pk=pk, collection__in=visible_collections(user)).select_related("collection").first()
    )
    if found is None:
        raise NotFound("There is no such import.")
    collection_get(found.collection_id, user=user, at_least=Role.EDITOR)
    return found


def import_list(*, collection: Collection) -> QuerySet[ImportRun]:
    """Newest first, those of schedules among them."""
    return ImportRun.objects.filter(collection=collection).order_by("-created_at", "pk")


def item_list(*, run: ImportRun, outcome: str = "") -> QuerySet[ImportItem]:
    rows = run.items.prefetch_related(document_named()).order_by("position")
    return rows.filter(outcome=outcome) if outcome in ImportItem.Outcome.values else rows


def outcome_counts(*, runs: list[ImportRun]) -> dict[UUID, dict[str, int]]:
    """How many places of each run came out how; 0 for those that none did."""
    counts = {run.pk: dict.fromkeys(ImportItem.Outcome.values, 0) for run in runs}
    rows = ImportItem.objects.filter(run__in=runs).order_by().values_list("run", "outcome").annotate(n=Count("pk"))
    for run, outcome, n in rows:
        counts[run][outcome] = n
    return counts


def schedule_get(pk: UUID | str, *, user: "User") -> ImportSchedule:
    """The schedule, NotFound unless its collection is visible, PermissionRefused unless the user edits it."""
    seen = ImportSchedule.objects.filter(pk=pk, collection__in=visible_collections(user))
    found = seen.select_related("collection", "created_by").first()
    if found is None:
        raise NotFound("There is no such schedule.")
    collection_get(found.collection_id, user=user, at_least=Role.EDITOR)
    return found


def schedule_list(*, collection: Collection) -> QuerySet[ImportSchedule]:
    return ImportSchedule.objects.filter(collection=collection).prefetch_related("runs").order_by("created_at", "pk")
