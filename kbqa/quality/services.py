"""Writes about complaints."""

from typing import TYPE_CHECKING

from kbqa.answers.models import Feedback
from kbqa.errors import Invalid

from .models import Review

if TYPE_CHECKING:
    from kbqa.accounts.models import User


def complaint_review(*, complaint: Feedback, cause: str, by: "User") -> Review:
    if cause not in Review.Cause.values:
        raise Invalid("There is no such cause.", field="cause")
    review, _ = Review.objects.update_or_create(feedback=complaint, defaults={"cause": cause, "reviewed_by": by})
    return review
