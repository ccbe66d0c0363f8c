"""Runs: a test set asked once over by workers, in slices, so that no document waits long behind one.

Each case is kept as it is answered, in one transaction with the lease's renewal; so a
worker that is killed loses the case it was at and nothing else, and a run that was
cancelled or taken over is written to no more.
"""

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now

from inference.deadline import Deadline
from inference.errors import EngineError
from ingest.index.errors import SearchIndexError
from kbqa.answers.scope import Scope, scope_of
from kbqa.answers.services import failed
from kbqa.documents.jobs import LeaseLost
from kbqa.documents.models import Collection, Role
from kbqa.documents.permissions import visible_collections
from kbqa.engine import get_engine
from kbqa.errors import ApplicationError, Conflict, Invalid, NotFound

from .asking import Asked, ask
from .expected import Expected
from .models import Run, RunCase, TestSet
from .outcomes import Outcome, figures

if TYPE_CHECKING:
    from kbqa.accounts.models import User

log = structlog.get_logger(__name__)

State = Run.State
UNFINISHED = (State.QUEUED, State.RUNNING)
NUM_PASSAGES_KEPT = 10


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
    try:
        found = run_list(user=user).filter(pk=pk).first()
    except (ValidationError, ValueError) as error:
        raise NotFound("There is no such run.") from error
    if found is None:
        raise NotFound("There is no such run.")
    return found


def run_cancel(*, run: Run) -> None:
    """Whoever works on it loses the lease at the next case; what was asked stays."""
    stopped = Run.objects.filter(pk=run.pk, state__in=UNFINISHED).update(
        state=State.CANCELLED, lease_key=None, lease_until=None, finished_at=Now()
    )
    if not stopped:
        raise Conflict("There is nothing to cancel: the work is over.")
    Run.objects.filter(pk=run.pk).update(figures=figures(outcomes_of(run), recall=True))


def run_delete(*, run: Run) -> None:
    if not run.is_over:
        raise Conflict("A run that is under way is cancelled before it is deleted.")
    run.delete()


def run_continue(run_id: str, *, budget_s: float) -> bool:
    """Ask cases for so long; returns whether there are more to ask."""
    run = _claim(run_id)
    if run is None:
        return False
    budget = Deadline.after(budget_s)
    try:
        scope = _scope(run)
        while case := run.cases.filter(verdict="").order_by("position").first():
            _keep(run, case, ask(case.question, scope=scope))
            if not budget.remaining_s:
                _release(run)
                return True
        _finish(run)
    except LeaseLost:
        log.info("run_left", run=run_id)
    except ApplicationError as error:  # the right to ask is gone: trying again would not bring it back
        _fail(run, error.message)
    except (EngineError, SearchIndexError) as error:
        log.warning("run_broke", run=run_id, error=type(error).__name__)
        _release(run, error=failed(error).message)
    return False


def runs_to_wake() -> list[str]:
    """Runs whose message must have been lost, or whose worker fell silent; those tried too often are given up."""
    silent = Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_until__lt=Now())
    for run in Run.objects.filter(silent, attempt__gte=settings.MAX_ATTEMPTS):
        _give_up(run)
    due = Run.objects.filter(silent, hinted_at__lt=Now() - timedelta(seconds=settings.LEASE_S))
    run_ids = list(due.order_by("created_at").values_list("pk", flat=True))
    Run.objects.filter(pk__in=run_ids).update(hinted_at=Now())
    return [str(run_id) for run_id in run_ids]


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


def _claim(run_id: str) -> Run | None:
    key = uuid.uuid4()
    free = Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_until__lt=Now())
    claimed = Run.objects.filter(free, pk=run_id, attempt__lt=settings.MAX_ATTEMPTS).update(
        state=State.RUNNING,
        attempt=F("attempt") + 1,
        lease_key=key,
        lease_until=_lease_end(),
        started_at=Coalesce("started_at", Now()),
        error="",
    )
    rows = Run.objects.select_related("test_set__collection", "started_by")
    return rows.get(lease_key=key) if claimed else None


def _scope(run: Run) -> Scope:
    """What the one who started it may ask today; and with what it is measured."""
    if run.started_by is None:
        raise NotFound("Whoever started this run is no longer here.")
    scope = scope_of(run.started_by, collections=[run.test_set.collection_id])
    facts = _facts(scope)
    if not run.facts:
        _update(run, facts=facts)
    elif facts != {name: run.facts[name] for name in facts}:
        _update(run, facts={**run.facts, "changed": True})
    return scope


def _facts(scope: Scope) -> dict[str, Any]:  # Any: JSON
    engine = get_engine()
    return {
        "encoder": engine.encoder_fingerprint,
        "reader": engine.reader_fingerprint,
        "snapshot": scope.numbers[0],
        "settings": list(scope.key[0][2:]),
        "num_passages": settings.NUM_PASSAGES,
    }


def _keep(run: Run, case: RunCase, asked: Asked) -> None:
    """What came of one case, and that we are still at it."""
    expected = Expected.of(case)
    document = asked.citations[0]["document"] if asked.citations else ""
    case.answer, case.quote = asked.answer, asked.quote
    case.confidence, case.abstained, case.ms = asked.confidence, asked.abstained, asked.ms
    case.rank = expected.rank(asked.passages)
    case.in_passage = expected.is_quoted(asked.quote, document=document) if expected.is_place_alone else None
    case.citations, case.passages = asked.citations, asked.passages[:NUM_PASSAGES_KEPT]
    case.timings_ms, case.trace = asked.timings_ms, asked.trace
    case.verdict = outcome_of(case).verdict.value
    with transaction.atomic():
        _update(run, lease_until=_lease_end(), attempt=0)
        case.save(force_update=True)


def _finish(run: Run) -> None:
    measured = figures(outcomes_of(run), recall=True)
    _update(run, state=State.DONE, finished_at=Now(), figures=measured, lease_key=None, lease_until=None)
    log.info("run_finished", run=str(run.pk), questions=measured["questions"])


def _release(run: Run, *, error: str = "") -> None:
    """Back to the queue; what went wrong is said until it goes on."""
    _update(run, state=State.QUEUED, lease_key=None, lease_until=None, hinted_at=Now(), error=error[:500])


def _fail(run: Run, sentence: str) -> None:
    measured = figures(outcomes_of(run), recall=True)
    _update(
        run,
        state=State.FAILED,
        error=sentence[:500],
        finished_at=Now(),
        figures=measured,
        lease_key=None,
        lease_until=None,
    )


def _give_up(run: Run) -> None:
    number = run.cases.filter(verdict="").order_by("position").values_list("position", flat=True).first()
    _fail(run, f"Given up after {run.attempt} tries at question {number}.")


def _update(run: Run, **fields: object) -> None:
    """LeaseLost if the run is another's, or over."""
    if not Run.objects.filter(pk=run.pk, lease_key=run.lease_key, state__in=UNFINISHED).update(**fields):
        raise LeaseLost


def _lease_end() -> Any:  # Any: an expression of the database's clock
    return Now() + timedelta(seconds=settings.LEASE_S)
