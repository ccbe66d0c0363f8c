"""What people judged, and how the product did by it.

TestSet ─< TestCase; TestSet ─< Run ─< RunCase, a case as it was asked then, so that
later changes to the set change no run. A complaint's Review says why an answer was wrong.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from kbqa.answers.models import Feedback
from kbqa.documents.background import BackgroundRun
from kbqa.documents.models import Collection, Document


class TestSet(models.Model):
    """Questions asked of one collection again and again."""

    __test__ = False  # no test of pytest's

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    collection = models.ForeignKey(Collection, models.CASCADE, related_name="test_sets")
    name = models.CharField(max_length=200)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class TestCase(models.Model):
    """A question with the answers that count as right, or the passage it should find; neither: silence is right.

    The passage is kept as text, for passages are cut anew with each version.
    """

    __test__ = False  # as above

    test_set = models.ForeignKey(TestSet, models.CASCADE, related_name="cases")
    question = models.TextField()
    answers = models.JSONField(default=list)
    document = models.ForeignKey(Document, models.SET_NULL, null=True, related_name="+")
    passage = models.TextField(blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.question[:80]


class Run(BackgroundRun):
    """A test set asked once over."""

    test_set = models.ForeignKey(TestSet, models.CASCADE, related_name="runs")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(null=True)
    hinted_at = models.DateTimeField(auto_now_add=True)  # when a worker was last told of it
    facts = models.JSONField(default=dict)  # models and snapshot it was measured with
    figures = models.JSONField(default=dict)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["test_set", "-created_at"])]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="running") | Q(lease_key__isnull=False, lease_until__isnull=False),
                name="running_run_has_a_lease",
            ),
            models.UniqueConstraint(
                fields=["test_set"], condition=Q(state__in=["queued", "running"]), name="one_unfinished_run_a_set"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.test_set}: {self.state}"


class RunCase(models.Model):
    """A case of a run: what was expected, and, once it was asked, what came."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="cases")
    position = models.PositiveIntegerField()
    case = models.ForeignKey(TestCase, models.SET_NULL, null=True, related_name="+")
    question = models.TextField()
    golds = models.JSONField(default=list)
    document = models.ForeignKey(Document, models.SET_NULL, null=True, related_name="+")
    passage = models.TextField(blank=True)

    verdict = models.CharField(max_length=10, blank=True)  # empty: not asked yet
    answer = models.TextField(blank=True)
    quote = models.TextField(blank=True)
    confidence = models.FloatField(default=0.0)
    abstained = models.BooleanField(default=False)
    in_passage = models.BooleanField(null=True)
    rank = models.PositiveIntegerField(null=True)
    ms = models.FloatField(default=0.0)
    citations = models.JSONField(default=list)
    passages = models.JSONField(default=list)
    timings_ms = models.JSONField(default=dict)
    trace = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="one_run_case_a_position")]

    def __str__(self) -> str:
        return self.question[:80]


class Review(models.Model):
    """What somebody who looked into a complaint found."""

    class Cause(models.TextChoices):
        SEARCH = "search"  # the right passage was not found
        READER = "reader"  # it was found and misread
        SOURCE = "source"  # the documents are wrong, old, or silent
        QUESTION = "question"  # nobody could have known what was meant
        NO_FAULT = "no_fault"  # the answer was right

    feedback = models.OneToOneField(Feedback, models.CASCADE, related_name="review")
    cause = models.CharField(max_length=10, choices=Cause.choices)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reviewed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.cause}: {self.feedback}"
