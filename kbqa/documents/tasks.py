"""Celery's way in: fetch the row, call the service. A lost message costs seconds, a doubled one nothing."""

import structlog
from celery import shared_task
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


def wake_worker(version_id: int) -> None:
    """Hint that a version waits; with the broker gone, the reaper will find it."""
    try:
        ingest_version.delay(version_id)
    except (OperationalError, OSError) as error:
        log.warning("broker_unreachable", version=version_id, error=type(error).__name__)


@shared_task
def ingest_version(version_id: int) -> None:
    from .ingestion import version_ingest

    version_ingest(version_id)


@shared_task
def merge_segments(collection_id: str) -> None:
    from .models import Collection
    from .publishing import segments_merge

    if collection := Collection.objects.select_related("snapshot").filter(pk=collection_id).first():
        segments_merge(collection)


@shared_task
def reap_jobs() -> None:
    """Take back what silent workers held, and wake workers for what waits unheard."""
    from .ingestion import version_give_up
    from .jobs import jobs_reap, jobs_to_wake

    for job in jobs_reap():
        version_give_up(job)
    for version_id in jobs_to_wake():
        wake_worker(version_id)


@shared_task
def tidy_index() -> None:
    """Forget what no reader can hold any longer."""
    from .models import Collection
    from .originals import originals_sweep
    from .pictures import pictures_sweep
    from .publishing import segments_merge, segments_sweep, snapshots_expire

    for collection in Collection.objects.exclude(snapshot=None).select_related("snapshot"):
        segments_merge(collection)
    snapshots_expire()
    segments_sweep()
    originals_sweep()
    pictures_sweep()
