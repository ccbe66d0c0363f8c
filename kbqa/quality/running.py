"""A run carried out by workers, in slices, so that no document waits long behind one.

Each case is kept as it is answered, in one transaction with the lease's renewal; so a
worker that is killed loses the case it was at and nothing else, and a run that was
cancelled or taken over is written to no more.
"""

from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce, Now

from inference.deadline import Deadline
from inference.errors import EngineError
from ingest.index.errors import SearchIndexError
from kbqa.answers.scope import Scope, scope_of
from kbqa.answers.services import failed
from kbqa.documents.background import run_claim, run_owned
from kbqa.documents.jobs import LeaseLost
from kbqa.engine import get_engine
from kbqa.errors import ApplicationError, NotFound

from .asking import Asked, ask
from .expected import Expected
from .models import Run, RunCase
from .outcomes import figures
from .runs import outcome_of, outcomes_of

log = structlog.get_logger(__name__)

State = Run.State
NUM_PASSAGES_KEPT = 10


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
    except (ApplicationError, EngineError, SearchIndexError) as error:
        told = failed(error)
        log.warning("run_broke", run=run_id, error=type(error).__name__)
        if told.retryable:
            _release(run, error=told.message)
        else:  # the right to ask is gone, or the index is another encoder's
            _fail(run_owned(run), run, told.message)
    return False


def runs_to_wake() -> list[str]:
    """Runs whose message must have been lost, or whose worker fell silent; those tried too often are given up."""
    silent = Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_until__lt=Now())
    for run in Run.objects.filter(silent, attempt__gte=settings.MAX_ATTEMPTS):
        _give_up(Run.objects.filter(silent, pk=run.pk, lease_key=run.lease_key), run)
    due = Run.objects.filter(silent, hinted_at__lt=Now() - timedelta(seconds=settings.LEASE_S))
    run_ids = list(due.order_by("created_at").values_list("pk", flat=True))
    Run.objects.filter(pk__in=run_ids).update(hinted_at=Now())
    return [str(run_id) for run_id in run_ids]


def _claim(run_id: str) -> Run | None:
    rows = Run.objects.select_related("test_set__collection", "started_by").filter(pk=run_id)
    return run_claim(rows, lease_s=settings.LEASE_S, started_at=Coalesce("started_at", Now()), error="")


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
        _update(run, lease_until=Now() + timedelta(seconds=settings.LEASE_S), attempt=0)
        case.save(force_update=True)


def _finish(run: Run) -> None:
    measured = figures(outcomes_of(run), recall=True)
    _update(run, state=State.DONE, finished_at=Now(), figures=measured, lease_key=None, lease_until=None)
    log.info("run_finished", run=str(run.pk), questions=measured["questions"])


def _release(run: Run, *, error: str = "") -> None:
    """Back to the queue; what went wrong is said until it goes on."""
    _update(run, state=State.QUEUED, lease_key=None, lease_until=None, hinted_at=Now(), error=error[:500])


def _fail(rows: QuerySet[Run], run: Run, sentence: str) -> None:
    """End the run with what was measured so far, if it is still one of ``rows``."""
    rows.update(
        state=State.FAILED,
        error=sentence[:500],
        finished_at=Now(),
        figures=figures(outcomes_of(run), recall=True),
        lease_key=None,
        lease_until=None,
    )


def _give_up(rows: QuerySet[Run], run: Run) -> None:
    number = run.cases.filter(verdict="").order_by("position").values_list("position", flat=True).first()
    _fail(rows, run, f"Given up after {run.attempt} tries at question {number}.")


def _update(run: Run, **fields: object) -> None:
    """LeaseLost if the run is another's, or over."""
    if not run_owned(run).update(**fields):
        raise LeaseLost
