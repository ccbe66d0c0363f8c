"""Flow 1's rows. Originals and rows are the truth; segments can be rebuilt from them.

Collection ─< Document ─< Version ─< Passage, one IngestJob a version;
Document ─< DocumentEvent, what happened to it;
Collection ─< Snapshot, of which `Collection.snapshot` names the current one.
Collections and documents that were deleted stay as rows for a while, hidden as `deletable` says.
"""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from .deletable import Deletable, InUse


class Role(models.TextChoices):
    """What a grant allows; each includes the one before."""

    VIEWER = "viewer"
    EDITOR = "editor"
    OWNER = "owner"


class ChunkSize(models.TextChoices):
    """How large passages are made, against what the installation has set."""

    SMALL = "small"
    NORMAL = "normal"
    LARGE = "large"


class Collection(Deletable):
    """Documents that are searched and granted together, and what its owner set for asking them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True, max_length=2_000)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    snapshot = models.ForeignKey("Snapshot", models.SET_NULL, null=True, editable=False, related_name="+")
    glossary = models.TextField(blank=True, default="", db_default="")  # as `glossary.glossary_clean` leaves it
    abstain_below = models.FloatField(null=True, blank=True)  # none: the reader's own threshold
    chunk_size = models.CharField(
        max_length=10, choices=ChunkSize.choices, default=ChunkSize.NORMAL, db_default=ChunkSize.NORMAL.value
    )

    objects = InUse["Collection"]()
    with_deleted = models.Manager["Collection"]()

    class Meta:
        verbose_name = pgettext_lazy("model", "collection")
        verbose_name_plural = pgettext_lazy("model", "collections")
        indexes = [
            models.Index(fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="collections_deleted")
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(abstain_below=None) | Q(abstain_below__gte=0, abstain_below__lte=1),
                name="threshold_is_a_probability",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Grant(models.Model):
    """A role in a collection, for one person or one team."""

    collection = models.ForeignKey(Collection, models.CASCADE, related_name="grants")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True)
    team = models.ForeignKey("accounts.Team", models.CASCADE, null=True, blank=True)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)

    class Meta:
        verbose_name = pgettext_lazy("model", "grant")
        verbose_name_plural = pgettext_lazy("model", "grants")
        constraints = [
            models.CheckConstraint(condition=Q(user=None) ^ Q(team=None), name="grant_to_person_or_team"),
            models.UniqueConstraint(fields=["collection", "user"], name="one_grant_a_person"),
            models.UniqueConstraint(fields=["collection", "team"], name="one_grant_a_team"),
        ]

    def __str__(self) -> str:
        return f"{self.user or self.team}: {self.role}"


class Document(Deletable):
    """What a person sees under one name; its contents at one time is a version."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    collection = models.ForeignKey(Collection, models.CASCADE, related_name="documents")
    name = models.CharField(max_length=255)
    title = models.CharField(max_length=500, blank=True)
    title_is_given = models.BooleanField(default=False, db_default=False, editable=False)  # by a person: kept when read
    enabled = models.BooleanField(default=True, db_default=True)  # switched off, it stays and answers nothing
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    current = models.ForeignKey("Version", models.SET_NULL, null=True, editable=False, related_name="+")

    objects = InUse["Document"]("collection")
    with_deleted = models.Manager["Document"]()

    class Meta:
        verbose_name = pgettext_lazy("model", "document")
        verbose_name_plural = pgettext_lazy("model", "documents")
        constraints = [
            models.UniqueConstraint(
                fields=["collection", "name"], condition=Q(deleted_at=None), name="one_document_in_use_a_name"
            )
        ]
        indexes = [
            models.Index(fields=["collection", "-created_at"]),
            models.Index(fields=["collection"], condition=Q(enabled=False), name="documents_switched_off"),
            models.Index(
                fields=["collection", "deleted_at"], condition=Q(deleted_at__isnull=False), name="documents_deleted"
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.name


class Version(models.Model):
    """The bytes of a document at one time, and what was read out of them."""

    class State(models.TextChoices):
        PENDING = "pending"
        READY = "ready"
        FAILED = "failed"
        CANCELLED = "cancelled"
        SUPERSEDED = "superseded"

    document = models.ForeignKey(Document, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, db_index=True)
    size_bytes = models.BigIntegerField()
    media_type = models.CharField(max_length=150, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    error_code = models.CharField(max_length=50, blank=True)
    error = models.TextField(blank=True)
    warnings = models.JSONField(default=list)
    language = models.CharField(max_length=20, blank=True)
    num_pages = models.PositiveIntegerField(default=0)
    num_passages = models.PositiveIntegerField(default=0)
    num_tables = models.PositiveIntegerField(null=True)  # none: read before they were counted
    created_at = models.DateTimeField(auto_now_add=True)
    ready_at = models.DateTimeField(null=True)

    objects = InUse["Version"]("document")
    with_deleted = models.Manager["Version"]()

    class Meta:
        verbose_name = pgettext_lazy("model", "version")
        verbose_name_plural = pgettext_lazy("model", "versions")
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="one_version_a_number")]

    def __str__(self) -> str:
        return f"{self.document} v{self.number}"


class DocumentEvent(models.Model):
    """What happened to a document, when and by whom; written with what it tells of, and never changed."""

    class Kind(models.TextChoices):
        UPLOADED = "uploaded"
        READ_AGAIN = "read_again"
        CANCELLED = "cancelled"
        PUBLISHED = "published"
        FAILED = "failed"
        RENAMED = "renamed"
        ENABLED = "enabled"
        DISABLED = "disabled"
        DELETED = "deleted"
        RESTORED = "restored"
        PASSAGE_EDITED = "passage_edited"
        PASSAGE_RESTORED = "passage_restored"
        PASSAGE_ENABLED = "passage_enabled"
        PASSAGE_DISABLED = "passage_disabled"

    document = models.ForeignKey(Document, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    version = models.PositiveIntegerField(null=True)  # its number
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["document", "-at"])]

    def __str__(self) -> str:
        return f"{self.document}: {self.kind}"


class CanonicalText(models.Model):
    """A version's text, which every offset in passages and citations refers to."""

    version = models.OneToOneField(Version, models.CASCADE, primary_key=True, related_name="canonical")
    text = models.TextField()
    pages = models.JSONField(default=list)  # [[number, start, end], …]

    def __str__(self) -> str:
        return f"text of version {self.pk}"


class RecognizedPage(models.Model):
    """A page that is a picture, and the lines that were recognised on it: where a quote is marked."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="recognized_pages")
    number = models.PositiveIntegerField()
    lines = models.JSONField()  # [[text, [x, y, …]], …], corners as in `ingest.types.RecognizedLine`

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "number"], name="one_recognized_page_a_number")]

    def __str__(self) -> str:
        return f"page {self.number} of version {self.version_id}"


class Passage(models.Model):
    """A chunk's one home: its text, and where it stands in the canonical text.

    ``text`` is what the source says, and stays that. An editor may have it searched and
    read in other words: then ``edited_text`` holds them, and `wording` is what counts.
    """

    version = models.ForeignKey(Version, models.CASCADE, related_name="passages")
    position = models.PositiveIntegerField()
    text = models.TextField()
    context = models.TextField(blank=True)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    page = models.PositiveIntegerField(null=True)
    heading_path = models.JSONField(default=list)
    enabled = models.BooleanField(default=True, db_default=True)  # switched off, it stays and answers nothing
    edited_text = models.TextField(blank=True, default="", db_default="")
    edited_at = models.DateTimeField(null=True)  # when its words were last changed, or changed back
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = InUse["Passage"]("version")
    with_deleted = models.Manager["Passage"]()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="one_passage_a_position"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="passage_not_empty"),
        ]
        indexes = [
            models.Index(fields=["version"], condition=Q(enabled=False), name="passages_switched_off"),
            models.Index(fields=["version"], condition=Q(edited_at__isnull=False), name="passages_edited"),
        ]

    def __str__(self) -> str:
        return self.wording[:80]

    @property
    def wording(self) -> str:
        """What is searched and read."""
        return self.edited_text or self.text

    @property
    def is_edited(self) -> bool:
        return bool(self.edited_text)


class IngestJob(models.Model):
    """The truth about a version's ingestion; the broker only hints that there is work.

    A worker owns the job while its `lease_key` stands and `lease_until` lies ahead.
    Whoever claims it next writes a new key, and the one before can publish nothing.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"

    class Stage(models.TextChoices):
        QUEUED = "queued"
        PARSE = "parse"
        CHUNK = "chunk"
        EMBED = "embed"
        SEAL = "seal"
        PUBLISH = "publish"
        DONE = "done"

    version = models.OneToOneField(Version, models.CASCADE, related_name="job")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.QUEUED)
    percent = models.PositiveSmallIntegerField(default=0)
    message = models.CharField(max_length=500, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_key = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    worker = models.CharField(max_length=100, blank=True)
    queued_at = models.DateTimeField(auto_now_add=True)  # or last hinted at anew
    not_before = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = InUse["IngestJob"]("version")
    with_deleted = models.Manager["IngestJob"]()

    class Meta:
        verbose_name = pgettext_lazy("model", "reading job")
        verbose_name_plural = pgettext_lazy("model", "reading jobs")
        indexes = [models.Index(fields=["state", "lease_until"])]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="running") | Q(lease_key__isnull=False, lease_until__isnull=False),
                name="running_job_has_a_lease",
            )
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.state}"


class Segment(models.Model):
    """A sealed directory of the index; the row says whose it is."""

    name = models.CharField(max_length=64, primary_key=True)
    collection = models.ForeignKey(Collection, models.CASCADE, related_name="segments")
    num_chunks = models.PositiveIntegerField()
    size_bytes = models.BigIntegerField()
    fingerprint = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = pgettext_lazy("model", "index segment")
        verbose_name_plural = pgettext_lazy("model", "index segments")

    def __str__(self) -> str:
        return self.name


class Snapshot(models.Model):
    """What readers of a collection may see, under a number that only grows."""

    collection = models.ForeignKey(Collection, models.CASCADE, related_name="snapshots")
    number = models.PositiveIntegerField()
    manifest = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = pgettext_lazy("model", "snapshot")
        verbose_name_plural = pgettext_lazy("model", "snapshots")
        constraints = [models.UniqueConstraint(fields=["collection", "number"], name="one_snapshot_a_number")]

    def __str__(self) -> str:
        return f"{self.collection} @{self.number}"

    @property
    def segment_names(self) -> list[str]:
        manifest: dict[str, Any] = self.manifest  # Any: JSON
        return [segment["name"] for segment in manifest["segments"]]
