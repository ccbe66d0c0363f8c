"""An import's rows: what was asked for, and each place in it with what became of it; and what is kept up to date.

The rows are the truth: a worker takes the next places that still wait, so that one killed
in the middle loses none and another goes on where it stood.
"""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models

from kbqa.documents.background import BackgroundRun
from kbqa.documents.deletable import InUse
from kbqa.documents.models import Collection, Document


class ImportKind(models.TextChoices):
    PAGE = "page"
    SITEMAP = "sitemap"
    FOLDER = "folder"


class ImportSchedule(models.Model):
    """A page, sitemap or folder that a collection is kept up to date with."""

    class Every(models.TextChoices):
        HOUR = "hour"
        DAY = "day"
        WEEK = "week"

        @property
        def interval(self) -> timedelta:
            return {self.HOUR: timedelta(hours=1), self.DAY: timedelta(days=1), self.WEEK: timedelta(weeks=1)}[self]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    collection = models.ForeignKey(Collection, models.CASCADE, related_name="schedules")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=10, choices=ImportKind.choices)
    source = models.CharField(max_length=2_000)
    every = models.CharField(max_length=10, choices=Every.choices)
    remove_missing = models.BooleanField(default=True)  # what is gone there goes to the bin here
    next_at = models.DateTimeField(db_index=True)

    objects = InUse["ImportSchedule"]("collection")
    with_deleted = models.Manager["ImportSchedule"]()

    def __str__(self) -> str:
        return self.source

    @property
    def last_run(self) -> "ImportRun | None":
        return max(self.runs.all(), key=lambda run: run.created_at, default=None)


class KnownPlace(models.Model):
    """What a schedule found at a place when it last looked, so that what has not changed is not taken again."""

    schedule = models.ForeignKey(ImportSchedule, models.CASCADE, related_name="places")
    place = models.CharField(max_length=2_000)
    stamp = models.CharField(max_length=64, blank=True)  # of a file: its size and when it was written
    digest = models.CharField(max_length=64)
    document = models.ForeignKey(Document, models.SET_NULL, null=True, related_name="+")
    is_ours = models.BooleanField(default=False)  # the schedule brought the document itself

    def __str__(self) -> str:
        return self.place


class ImportRun(BackgroundRun):
    """One page, folder or sitemap to be taken into a collection, or only to be looked at."""

    collection = models.ForeignKey(Collection, models.CASCADE, related_name="imports")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    schedule = models.ForeignKey(ImportSchedule, models.SET_NULL, null=True, related_name="runs")
    kind = models.CharField(max_length=10, choices=ImportKind.choices)
    source = models.CharField(max_length=2_000)
    dry_run = models.BooleanField(default=False)
    message = models.TextField(blank=True)  # why it failed, or what was left out
    is_listed = models.BooleanField(default=False)
    is_whole = models.BooleanField(default=False)  # every place was listed, none left out

    class Meta:
        indexes = [models.Index(fields=["collection", "-created_at"])]

    def __str__(self) -> str:
        return self.source


class ImportItem(models.Model):
    """One file or page of an import."""

    class Outcome(models.TextChoices):
        WAITING = "waiting"
        NEW = "new"
        VERSION = "version"
        UNCHANGED = "unchanged"
        REFUSED = "refused"
        REMOVED = "removed"  # gone there, so in the bin here

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    place = models.CharField(max_length=2_000)  # an address, or a path below the folder
    name = models.CharField(max_length=255, blank=True)  # the document's
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.WAITING)
    message = models.TextField(blank=True)  # why it was refused, or under which name it is here already
    digest = models.CharField(max_length=64, blank=True)
    size_bytes = models.BigIntegerField(default=0)
    document = models.ForeignKey(Document, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="one_item_a_position")]
        indexes = [models.Index(fields=["run", "outcome", "position"])]
        ordering = ["position"]

    def __str__(self) -> str:
        return self.place
