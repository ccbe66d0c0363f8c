"""Celery's way in to imports: a slice a message, the next one queued behind what else waits."""

import uuid

import structlog
from celery import shared_task
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


def wake_import(run_id: uuid.UUID) -> None:
    """Hint that an import waits; with the broker gone, the schedule will find it."""
    try:
        continue_import.delay(str(run_id))
    except (OperationalError, OSError) as error:
        log.warning("broker_unreachable", run=str(run_id), error=type(error).__name__)


@shared_task
def continue_import(run_id: str) -> None:
    from .running import run_continue

    if run_continue(uuid.UUID(run_id)):
        wake_import(uuid.UUID(run_id))


@shared_task
def wake_imports() -> None:
    from .running import runs_to_wake
    from .schedules import schedules_begin_due

    schedules_begin_due()
    for run_id in runs_to_wake():
        wake_import(run_id)
