"""What a schedule found before, by place: what has not changed is not taken again, what is gone there is taken away.

A run without a schedule knows nothing, and takes everything.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from kbqa.documents.deleting import document_delete

from .models import ImportItem, ImportRun, KnownPlace

Outcome = ImportItem.Outcome

DELETED_HERE = "It was deleted here, and comes back once it has changed there."
NOTHING_THERE = "There was nothing, so nothing was taken away here."


class Known:
    """The places of one run's schedule, read once."""

    def __init__(self, run: ImportRun) -> None:
        rows = KnownPlace.objects.filter(schedule=run.schedule_id) if run.schedule_id else KnownPlace.objects.none()
        self._run = run
        self._rows = {row.place: row for row in rows.select_related("document")}

    def spares(self, item: ImportItem, *, stamp: str) -> bool:
        """Whether the file is as it was by its ``stamp``; the item then says so."""
        row = self._rows.get(item.place)
        if row is None or row.stamp != stamp:
            return False
        _found_again(item, row)
        return True

    def stays_deleted(self, item: ImportItem, *, digest: str) -> bool:
        """Whether these bytes were deleted here; the item then says so."""
        row = self._rows.get(item.place)
        if row is None or row.digest != digest or in_use(row):
            return False
        _found_again(item, row)
        return True

    def is_deleted_here(self, item: ImportItem) -> bool:
        row = self._rows.get(item.place)
        return row is not None and not in_use(row)

    def note(self, item: ImportItem, *, stamp: str = "") -> None:
        """What came of it is what is known of its place from now on."""
        if not self._run.schedule_id:
            return
        row = self._rows.get(item.place) or KnownPlace(schedule_id=self._run.schedule_id, place=item.place)
        row.stamp = stamp
        if item.document:
            row.is_ours = item.outcome == Outcome.NEW or (row.is_ours and row.document_id == item.document.pk)
            row.digest, row.document = item.digest, item.document
        row.save()
        self._rows[item.place] = row

    def take_away_missing(self) -> str:
        """What this schedule brought and the place no longer has goes to the bin; a sentence where nothing may."""
        run, schedule = self._run, self._run.schedule
        if schedule is None or not schedule.remove_missing or not run.is_whole:
            return ""
        found = run.items.exclude(outcome=Outcome.REMOVED)
        listed = set(found.values_list("place", flat=True))
        if not listed:
            return NOTHING_THERE if self._rows else ""
        moved = {item.document_id for item in found if item.document_id}  # perhaps the same file by another path
        for place in self._rows.keys() - listed:
            self._take_away(self._rows.pop(place), moved)
        return ""

    @transaction.atomic
    def _take_away(self, row: KnownPlace, moved: Collection[UUID]) -> None:
        row.delete()
        document = row.document
        if document is None or not in_use(row) or not row.is_ours or document.pk in moved:
            return
        document_delete(document=document, by=self._run.created_by)
        position = (self._run.items.aggregate(last=Max("position"))["last"] or 0) + 1
        self._run.items.create(
            position=position, place=row.place, name=document.name, outcome=Outcome.REMOVED, document=document
        )


def in_use(row: KnownPlace) -> bool:
    return row.document is not None and row.document.deleted_at is None


def _found_again(item: ImportItem, row: KnownPlace) -> None:
    item.outcome, item.digest = Outcome.UNCHANGED, row.digest
    item.document = row.document if in_use(row) else None
    item.name = row.document.name if row.document else ""
    item.message = "" if in_use(row) else DELETED_HERE
