"""Runs for those who edit the collection that is asked: queued with the cases as they are then, read, stopped, deleted.

Workers carry them out (running.py).
"""

import uuid
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from kbqa.documents.background import run_stop
from kbqa.documents.models import Collection, Role
from kbqa.documents.permissions import visible_collections
from kbqa.errors import Conflict, Invalid, NotFound
from kbqa.lookup import row_of

from .models import Run, RunCase, TestSet
from .outcomes import Outcome, figures

if TYPE_CHECKING:
    from kbqa.accounts.models import User


def run_start(*, test_set: TestSet, by: "User") -> Run:
    """Queue the set as it is now; Conflict while a run of it is not over."""
    cases = list(test_set.cases.order_by("pk"))
    if not cases:
        raise Invalid("The test set has no cases yet.", field="cases")
    try:
        with transaction.atomic():
            run = Run.objects.create(test_set=test_set, started_by=by)
            RunCase.objects.bulk_create(
                RunCase(
                    run=run,
                    position=position,
                    case=case,
                    question=case.question,
                    golds=case.answers,
                    document_id=case.document_id,
                    passage=case.passage,
                )
                for position, case in enumerate(cases, start=1)
            )
    except IntegrityError as error:
        raise Conflict("A run of this test set is under way already.") from error
    transaction.on_commit(lambda: _hint(run))
    return run


def run_list(*, user: "User", collection: Collection | None = None) -> QuerySet[Run]:
    """Newest first, of the collections that ``user`` edits."""
    mine = visible_collections(user, at_least=Role.EDITOR)
    rows = Run.objects.filter(test_set__collection__in=mine).select_related("test_set__collection", "started_by")
    if collection:
        rows = rows.filter(test_set__collection=collection)
    return rows.order_by("-created_at", "pk")


def with_progress(runs: QuerySet[Run]) -> QuerySet[Run]:
    """The same runs, each with how many of its cases were asked, and how many there are."""
    cases = RunCase.objects.filter(run=OuterRef("pk")).order_by().values("run")

    def count(rows: QuerySet[RunCase, Any]) -> Coalesce:  # Any: of values
        return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0)

    return runs.annotate(num_asked=count(cases.exclude(verdict="")), num_cases=count(cases))


def run_get(pk: uuid.UUID | str, *, user: "User") -> Run:
    found = row_of(run_list(user=user), pk)
    if found is None:
        raise NotFound("There is no such run.")
    return found


def run_cancel(*, run: Run) -> None:
    """Whoever works on it loses the lease at the next case; what was asked stays."""
    run_stop(run)
    Run.objects.filter(pk=run.pk).update(figures=figures(outcomes_of(run), recall=True))


def run_delete(*, run: Run) -> None:
    if not run.is_over:
        raise Conflict("A run that is under way is cancelled before it is deleted.")
    run.delete()


def outcomes_of(run: Run) -> list[Outcome]:
    """What was asked so far, in the form the figures are taken of."""
    asked = run.cases.exclude(verdict="").order_by("position")
    return [outcome_of(case) for case in asked.defer("passages", "citations", "trace", "timings_ms", "passage")]


def outcome_of(case: RunCase) -> Outcome:
    return Outcome(
        id=str(case.case_id or f"run {case.pk}"),
        golds=tuple(case.golds),
        answer=case.answer,
        quote=case.quote,
        confidence=case.confidence,
        abstained=case.abstained,
        ms=case.ms,
        rank=case.rank,
        in_passage=case.in_passage,
    )


def _hint(run: Run) -> None:
    from .tasks import wake_worker

    wake_worker(str(run.pk))
