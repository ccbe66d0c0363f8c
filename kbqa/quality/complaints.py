"""Complaints, for those who edit all that the answer was read out of; and what was found by looking into them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kbqa.answers.models import Answer, Feedback
from kbqa.documents.models import Document, Role
from kbqa.documents.permissions import visible_collections
from kbqa.errors import Invalid, NotFound

from .models import Review

if TYPE_CHECKING:
    from kbqa.accounts.models import User

MAX_COMPLAINTS = 200  # looked through for those one may see


def complaint_list(*, user: "User", open_only: bool = True) -> list[Feedback]:
    """Newest first: what people said was wrong about answers out of collections that ``user`` edits, and no others.

    An answer is shown only if every document it was read out of, and every collection
    it asked when none was, is one of those: its words may stem from any of them.
    """
    rows = Feedback.objects.filter(rating__lt=0).select_related("answer", "review").order_by("-created_at")
    if open_only:
        rows = rows.filter(review=None)
    complaints = list(rows[:MAX_COMPLAINTS])
    mine = {str(pk) for pk in visible_collections(user, at_least=Role.EDITOR).values_list("pk", flat=True)}
    homes = _homes(row.answer for row in complaints)
    return [row for row in complaints if _is_mine(row.answer, mine, homes)]


def complaint_get(pk: int, *, user: "User") -> Feedback:
    for complaint in complaint_list(user=user, open_only=False):
        if complaint.pk == pk:
            return complaint
    raise NotFound("There is no such complaint.")


def complaint_review(*, complaint: Feedback, cause: str, by: "User") -> Review:
    """Say why the answer was wrong, or that it was not; what was said before is replaced."""
    if cause not in Review.Cause.values:
        raise Invalid("There is no such cause.", field="cause")
    review, _ = Review.objects.update_or_create(feedback=complaint, defaults={"cause": cause, "reviewed_by": by})
    return review


def is_complaint_of(answer: Answer, *, user: "User") -> bool:
    """Whether somebody called the answer wrong and ``user`` may look into it."""
    if not answer.feedback.filter(rating__lt=0).exists():
        return False
    mine = {str(pk) for pk in visible_collections(user, at_least=Role.EDITOR).values_list("pk", flat=True)}
    return _is_mine(answer, mine, _homes([answer]))


def _homes(answers: Iterable[Answer]) -> dict[str, str]:
    """Document → collection, for every document any of the answers was read out of."""
    documents = {passage["document"] for answer in answers for passage in answer.passages}
    rows = Document.objects.filter(pk__in=documents).values_list("pk", "collection_id")
    return {str(document): str(collection) for document, collection in rows}


def _is_mine(answer: Answer, mine: set[str], homes: dict[str, str]) -> bool:
    if curated := answer.trace.get("curated"):
        return curated["collection"] in mine
    if not answer.passages:
        return bool(answer.collections) and set(answer.collections) <= mine
    return all(homes.get(passage["document"]) in mine for passage in answer.passages)
