"""What people judged: the passage a question should find, and why an answer was wrong."""

from django.conf import settings
from django.db import models

from kbqa.answers.models import Feedback
from kbqa.documents.models import Collection, Document


class ProbeCase(models.Model):
    """A question and the passage its search should find; kept as text, for passages are cut anew with each version."""

    collection = models.ForeignKey(Collection, models.CASCADE, related_name="probe_cases")
    document = models.ForeignKey(Document, models.CASCADE, related_name="+")
    question = models.TextField()
    passage = models.TextField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    last_rank = models.PositiveIntegerField(null=True)  # None: not among those looked at
    last_run_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["collection", "question"], name="one_case_a_question")]

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
