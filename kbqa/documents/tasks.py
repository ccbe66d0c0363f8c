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
    """Ingest, then merge what that has made due, so that a collection is never many segments for long."""
    from .ingestion import version_ingest
    from .models import Collection
    from .publishing import segments_merge

    version_ingest(version_id)
    published = Collection.objects.filter(documents__current=version_id).exclude(snapshot=None)
    if collection := published.select_related("snapshot").first():
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

    for collection in Collection.with_deleted.exclude(snapshot=None).select_related("snapshot"):
        segments_merge(collection)
    snapshots_expire()
    segments_sweep()
    originals_sweep()
    pictures_sweep()


@shared_task
def mend_index() -> None:
    """Read every byte of the index once; what is damaged is built anew from the rows."""
    from .models import Collection
    from .rebuilding import collection_mend

    for collection in Collection.with_deleted.exclude(snapshot=None).select_related("snapshot"):
        collection_mend(collection=collection)
