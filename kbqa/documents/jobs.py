"""The ingestion queue: jobs claimed under a lease, renewed while worked on, and taken back when silent.

A deleted document's job is not in the queue, and whoever works on it has lost it; it waits for a restoring.

Each change of state is one conditional update whose row count is looked at, by the
database's clock; so two workers never own a job, however messages are lost or doubled.
"""

import os
import socket
import uuid
from datetime import timedelta

from django.conf import settings
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from .models import Document, IngestJob, Version
from .stages import stage_note

State, Stage = IngestJob.State, IngestJob.Stage


class LeaseLost(Exception):
    """Another worker owns the job now, or it was cancelled or deleted: stop, publish nothing."""


def _from_now(seconds: float) -> Combinable:
    span = Value(timedelta(seconds=seconds), output_field=DurationField())
    return ExpressionWrapper(Now() + span, output_field=DateTimeField())


def job_claim(version_id: int) -> IngestJob | None:
    """Own the job of this version, or None if it is not to be had."""
    key = uuid.uuid4()
    due = Q(not_before=None) | Q(not_before__lte=Now())
    free = Q(state=State.QUEUED) & due | Q(state=State.RUNNING, lease_until__lt=Now())
    claimed = IngestJob.objects.filter(free, version_id=version_id, attempt__lt=settings.MAX_ATTEMPTS).update(
        state=State.RUNNING,
        attempt=F("attempt") + 1,
        lease_key=key,
        lease_until=_from_now(settings.LEASE_S),
        worker=f"{socket.gethostname()}:{os.getpid()}",
        started_at=Now(),
        percent=0,
        message="",
    )
    if not claimed:
        return None
    return IngestJob.objects.select_related("version__document__collection").filter(lease_key=key).first()


def job_renew(job: IngestJob) -> None:
    """Push the lease ahead; LeaseLost if it is no longer ours."""
    if not _owned(job).update(lease_until=_from_now(settings.LEASE_S)):
        raise LeaseLost


def job_progress(job: IngestJob, *, stage: IngestJob.Stage, percent: int, message: str = "") -> None:
    """Say how far the work is; LeaseLost if it is no longer ours."""
    changed = _owned(job).update(
        stage=stage, percent=percent, message=message[:500], lease_until=_from_now(settings.LEASE_S)
    )
    if not changed:
        raise LeaseLost
    stage_note(job, stage)


def job_succeed(job: IngestJob, *, message: str) -> None:
    _finish(_owned(job), State.SUCCEEDED, stage=Stage.DONE, percent=100, message=message)
    stage_note(job, Stage.DONE)


def job_fail(job: IngestJob, *, message: str) -> None:
    _finish(_owned(job), State.FAILED, message=message[:500])


def job_give_up(job: IngestJob, *, message: str) -> None:
    """Fail what its worker has left; LeaseLost if that one has been heard from, or it is another's."""
    _finish(_owned(job).filter(lease_until__lt=Now()), State.FAILED, message=message[:500])


def job_postpone(job: IngestJob, *, seconds: float, message: str) -> None:
    """Back to the queue, to be tried again after a while."""
    changed = _owned(job).update(
        state=State.QUEUED, stage=Stage.QUEUED, not_before=_from_now(seconds), message=message[:500], lease_key=None
    )
    if not changed:
        raise LeaseLost


def job_requeue(version: Version) -> bool:
    """A finished job back to the queue, with its tries counted afresh."""
    return bool(
        IngestJob.objects.filter(version=version, state__in=[State.FAILED, State.CANCELLED]).update(
            state=State.QUEUED, stage=Stage.QUEUED, percent=0, message="", attempt=0, not_before=None, finished_at=None
        )
    )


def jobs_resume(documents: QuerySet[Document]) -> list[int]:
    """Back to the queue what was waiting or in work when its document was deleted; returns the versions to wake."""
    unfinished = IngestJob.objects.filter(
        version__in=Version.objects.filter(document__in=documents), state__in=[State.QUEUED, State.RUNNING]
    )
    version_ids = list(unfinished.values_list("version_id", flat=True))
    unfinished.update(
        state=State.QUEUED, stage=Stage.QUEUED, percent=0, attempt=0, not_before=None, lease_key=None, lease_until=None
    )
    return version_ids


def job_cancel(version: Version) -> bool:
    """Whoever works on it loses the lease at the next step."""
    return bool(
        IngestJob.objects.filter(version=version, state__in=[State.QUEUED, State.RUNNING]).update(
            state=State.CANCELLED, lease_key=None, lease_until=None, finished_at=Now(), message="Cancelled."
        )
    )


def jobs_reap() -> list[IngestJob]:
    """Take back what silent workers held; returns the jobs that have used up their tries."""
    silent = IngestJob.objects.filter(state=State.RUNNING, lease_until__lt=Now())
    silent.filter(attempt__lt=settings.MAX_ATTEMPTS).update(
        state=State.QUEUED, stage=Stage.QUEUED, lease_key=None, lease_until=None, not_before=None
    )
    return list(silent.filter(attempt__gte=settings.MAX_ATTEMPTS).select_related("version__document"))


def jobs_to_wake(*, limit: int = 50) -> list[int]:
    """Versions whose message must have been lost: due in the queue for a lease's time while nobody works.

    Queued is not stuck: as long as a live lease exists, workers are busy with others.
    Each is woken once a lease's time at most, so that hints do not pile up.
    """
    if (
        IngestJob.objects.filter(state=State.RUNNING, lease_until__gt=Now()).count()
        >= settings.CELERY_WORKER_CONCURRENCY
    ):
        return []
    due = Q(not_before=None) | Q(not_before__lte=Now())
    waiting = IngestJob.objects.filter(due, state=State.QUEUED, queued_at__lt=_from_now(-settings.LEASE_S))
    version_ids = list(waiting.order_by("queued_at", "pk").values_list("version_id", flat=True)[:limit])
    waiting.filter(version_id__in=version_ids).update(queued_at=Now())
    return version_ids


def _owned(job: IngestJob) -> QuerySet[IngestJob]:
    return IngestJob.objects.filter(pk=job.pk, lease_key=job.lease_key, state=State.RUNNING)


def _finish(owned: QuerySet[IngestJob], state: IngestJob.State, **fields: object) -> None:
    changed = owned.update(state=state, lease_key=None, lease_until=None, finished_at=Now(), **fields)
    if not changed:
        raise LeaseLost
