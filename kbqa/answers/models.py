"""Flow 2's rows: conversations, answers with their trace, citations, feedback, and what editors wrote themselves."""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from kbqa.documents.deletable import Deletable, InUse
from kbqa.documents.models import Collection, Document, Version


class Conversation(Deletable):
    """Questions asked one after another by one person."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="conversations")
    title = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = InUse["Conversation"]()
    with_deleted = models.Manager["Conversation"]()

    class Meta:
        indexes = [
            models.Index(fields=["owner", "-created_at"]),
            models.Index(
                fields=["owner", "deleted_at"], condition=Q(deleted_at__isnull=False), name="conversations_deleted"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Answer(models.Model):
    """One turn: the question, written before the first event, and what became of it."""

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        ABORTED = "aborted"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asker = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="answers")
    conversation = models.ForeignKey(Conversation, models.CASCADE, null=True, related_name="answers")
    question = models.TextField()
    collections = models.JSONField(default=list)  # the ids asked, in order
    everywhere = models.BooleanField(default=False, db_default=False)  # asked of all there were, without naming any
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    text = models.TextField(blank=True)
    abstained = models.BooleanField(default=False)
    degraded = models.BooleanField(default=False)
    cached = models.BooleanField(default=False)
    confidence = models.FloatField(null=True)
    error_code = models.CharField(max_length=50, blank=True)
    passages = models.JSONField(default=list)
    timings_ms = models.JSONField(default=dict)
    trace = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(null=True, editable=False)  # by then whoever works on it has ended; none: nobody did
    finished_at = models.DateTimeField(null=True)

    objects = InUse["Answer"]("conversation")
    with_deleted = models.Manager["Answer"]()

    class Meta:
        indexes = [models.Index(fields=["asker", "-created_at"])]

    def __str__(self) -> str:
        return self.question[:80]


class Citation(models.Model):
    """An answer's range tied to a version's range, with the quoted text kept.

    Read through `selectors.cited`, its version is None once the document is gone, or deleted.
    """

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="citations")
    number = models.PositiveSmallIntegerField()
    document = models.ForeignKey(Document, models.SET_NULL, null=True, related_name="+")
    version = models.ForeignKey(Version, models.SET_NULL, null=True, related_name="+")
    title = models.CharField(max_length=500)
    page = models.PositiveIntegerField(null=True)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    answer_start = models.PositiveIntegerField(null=True)
    answer_end = models.PositiveIntegerField(null=True)
    quote = models.TextField()
    edited = models.BooleanField(default=False, db_default=False)  # the quote is an editor's words, not the source's

    class Meta:
        constraints = [models.UniqueConstraint(fields=["answer", "number"], name="one_citation_a_number")]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"[{self.number}] {self.title}"


class CuratedAnswer(models.Model):
    """What an editor wrote for one question; served in a collection's name to whoever may ask that collection."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    collection = models.ForeignKey(Collection, models.CASCADE, related_name="curated_answers")
    question = models.TextField()
    question_digest = models.CharField(max_length=64, editable=False)  # of its `question_key`
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["question_digest", "collection"], name="one_curated_answer_a_question")
        ]

    def __str__(self) -> str:
        return self.question[:80]


class CuratedCitation(models.Model):
    """A place that a curated answer rests on; it goes, and comes back, when its document does."""

    curated = models.ForeignKey(CuratedAnswer, models.CASCADE, related_name="citations")
    number = models.PositiveSmallIntegerField()
    version = models.ForeignKey(Version, models.CASCADE, related_name="+")
    page = models.PositiveIntegerField(null=True)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    quote = models.TextField()

    objects = InUse["CuratedCitation"]("version")
    with_deleted = models.Manager["CuratedCitation"]()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["curated", "number"], name="one_curated_citation_a_number")]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"[{self.number}] of {self.curated}"


class Feedback(models.Model):
    """Was the answer right? One say a person."""

    class Reason(models.TextChoices):
        """Why it was not; what was kept before there were these may say anything."""

        WRONG = "wrong"
        INCOMPLETE = "incomplete"
        SOURCE = "source"
        OUTDATED = "outdated"
        NOT_FOUND = "not_found"
        OTHER = "other"

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="feedback")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    rating = models.SmallIntegerField(validators=[MinValueValidator(-1), MaxValueValidator(1)])
    reason = models.CharField(max_length=50, blank=True)
    comment = models.TextField(blank=True, max_length=2_000)
    created_at = models.DateTimeField(auto_now=True)

    objects = InUse["Feedback"]("answer")
    with_deleted = models.Manager["Feedback"]()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["answer", "user"], name="one_feedback_a_person")]

    def __str__(self) -> str:
        return f"{self.rating:+d} on {self.answer}"
