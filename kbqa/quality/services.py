"""Writes about probes and complaints."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from inference.deadline import Deadline
from kbqa.answers.models import Feedback
from kbqa.answers.passages import Found
from kbqa.answers.retrieve import retrieve
from kbqa.answers.scope import scope_of
from kbqa.answers.services import question_clean
from kbqa.answers.trace import Trace
from kbqa.documents.models import Collection, Passage
from kbqa.errors import Invalid, NotFound

from .models import ProbeCase, Review

if TYPE_CHECKING:
    from kbqa.accounts.models import User

DEPTH = 50
MAX_CASES_A_RUN = 100


def case_save(*, collection: Collection, question: str, passage_id: str, by: "User") -> ProbeCase:
    """This passage is the one the question should find; saying another one replaces it."""
    found = Passage.objects.select_related("version").filter(
        pk=int(passage_id) if passage_id.isdigit() else 0, version__document__collection=collection
    )
    passage = found.first()
    if passage is None:
        raise NotFound("There is no such passage.")
    wanted = {"document_id": passage.version.document_id, "passage": passage.text, "created_by": by}
    case, _ = ProbeCase.objects.update_or_create(
        collection=collection, question=question_clean(question), defaults={**wanted, "last_run_at": None}
    )
    return case


def case_delete(*, case: ProbeCase) -> None:
    case.delete()


def cases_run(*, collection: Collection, by: "User") -> int:
    """Ask each case's question anew and note where its passage came; returns how many were asked."""
    cases = list(ProbeCase.objects.filter(collection=collection).order_by("pk")[:MAX_CASES_A_RUN])
    scope = scope_of(by, collections=[collection.pk])
    for case in cases:
        deadline = Deadline.after(settings.ANSWER_DEADLINE_S)
        found = retrieve(case.question, scope=scope, deadline=deadline, trace=Trace(), limit=DEPTH)
        case.last_rank, case.last_run_at = rank_of(case, found), timezone.now()
    ProbeCase.objects.bulk_update(cases, ["last_rank", "last_run_at"])
    return len(cases)


def rank_of(case: ProbeCase, found: list[Found]) -> int | None:
    """From 1; the same words in the same document, whichever version they were cut from."""
    for rank, passage in enumerate(found, start=1):
        if passage.row.version.document_id == case.document_id and passage.row.text == case.passage:
            return rank
    return None


def complaint_review(*, complaint: Feedback, cause: str, by: "User") -> Review:
    if cause not in Review.Cause.values:
        raise Invalid("There is no such cause.", field="cause")
    review, _ = Review.objects.update_or_create(feedback=complaint, defaults={"cause": cause, "reviewed_by": by})
    return review
