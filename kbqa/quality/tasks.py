"""Celery's way in to runs: a slice at a time, each hinting at the next."""

import structlog
from celery import shared_task
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)

_SLICE_S = 8.0  # an ingestion that waits behind this is not kept long


def wake_worker(run_id: str) -> None:
    """Hint that a run waits; with the broker gone, the next look at the rows will find it."""
    try:
        continue_run.delay(run_id)
    except (OperationalError, OSError) as error:
        log.warning("broker_unreachable", run=run_id, error=type(error).__name__)


@shared_task
def continue_run(run_id: str) -> None:
    from .running import run_continue

    if run_continue(run_id, budget_s=_SLICE_S):
        wake_worker(run_id)


@shared_task
def wake_runs() -> None:
    from .running import runs_to_wake

    for run_id in runs_to_wake():
        wake_worker(run_id)
