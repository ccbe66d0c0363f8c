"""An import's rows: what was asked for, and each place in it with what became of it.

The rows are the truth: a worker takes the next places that still wait, so that one killed
in the middle loses none and another goes on where it stood.
"""

from django.conf import settings
from django.db import models

from kbqa.documents.background import BackgroundRun
from kbqa.documents.models import Collection, Document


class ImportRun(BackgroundRun):
    """One folder or sitemap to be taken into a collection, or only to be looked at."""

    class Kind(models.TextChoices):
        SITEMAP = "sitemap"
        FOLDER = "folder"

    collection = models.ForeignKey(Collection, models.CASCADE, related_name="imports")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    source = models.CharField(max_length=2_000)
    dry_run = models.BooleanField(default=False)
    message = models.TextField(blank=True)  # why it failed, or what was left out
    is_listed = models.BooleanField(default=False)

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
