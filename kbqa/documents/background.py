"""A row of work that is done in the background, slice by slice: a worker owns it while its lease stands.

The row is the truth and a message only a hint: whoever finds the lease run out may take the work over.
Each change of hands is one conditional update, by the database's clock.
"""

import uuid
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from kbqa.errors import Conflict

RunT = TypeVar("RunT", bound="BackgroundRun")


class BackgroundRun(models.Model):
    """What every such row carries, whatever its work is."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    attempt = models.PositiveSmallIntegerField(default=0)  # tries since it last got anywhere
    lease_key = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_over(self) -> bool:
        return self.state not in UNFINISHED


UNFINISHED = (BackgroundRun.State.QUEUED, BackgroundRun.State.RUNNING)


def run_claim(rows: QuerySet[RunT], *, lease_s: float, **noted: object) -> RunT | None:
    """Own the only run of ``rows``, or None if it is not to be had: over, another's, or tried too often."""
    key = uuid.uuid4()
    free = Q(lease_until=None) | Q(lease_until__lte=Now())
    claimed = rows.filter(free, state__in=UNFINISHED, attempt__lt=settings.MAX_ATTEMPTS).update(
        state=BackgroundRun.State.RUNNING,
        attempt=F("attempt") + 1,
        lease_key=key,
        lease_until=Now() + timedelta(seconds=lease_s),
        **noted,
    )
    return rows.get(lease_key=key) if claimed else None


def run_owned(run: RunT) -> QuerySet[RunT]:
    """The run as a row to be changed; none once it is another's, or over."""
    rows: QuerySet[RunT] = type(run)._default_manager.all()
    return rows.filter(pk=run.pk, lease_key=run.lease_key, state=BackgroundRun.State.RUNNING)


def run_stop(run: BackgroundRun) -> None:
    """Whoever works on it loses the lease at the next step; Conflict when it is over already."""
    stopped = (
        type(run)
        ._default_manager.filter(pk=run.pk, state__in=UNFINISHED)
        .update(state=BackgroundRun.State.CANCELLED, lease_key=None, lease_until=None, finished_at=Now())
    )
    if not stopped:
        raise Conflict("There is nothing to cancel: the work is over.")
