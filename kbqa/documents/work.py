"""Reads of the ingestion queue for people: what is in work, what waits, what failed, in collections they may see."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Case, Count, Exists, IntegerField, OuterRef, QuerySet, Value, When

from kbqa.errors import NotFound

from .models import IngestJob, Role
from .permissions import visible_collections

if TYPE_CHECKING:
    from kbqa.accounts.models import User

State = IngestJob.State

_URGENCY = Case(
    When(state=State.RUNNING, then=Value(0)),
    When(state=State.QUEUED, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)


def job_list(*, user: "User", state: str = "") -> QuerySet[IngestJob]:
    """Those in work first, then those waiting, then what ended last; each with whether ``user`` may act upon it."""
    editable = visible_collections(user, at_least=Role.EDITOR).filter(pk=OuterRef("version__document__collection"))
    rows = _visible(user).annotate(may_edit=Exists(editable), urgency=_URGENCY)
    if state in State.values:
        rows = rows.filter(state=state)
    return rows.select_related("version__document__collection", "version__document__current").order_by(
        "urgency", "-finished_at", "queued_at", "pk"
    )


def job_counts(*, user: "User") -> dict[str, int]:
    """How many are in each state; 0 for those that none is in."""
    counted = dict(_visible(user).values_list("state").annotate(n=Count("pk")).order_by())
    return {state: counted.get(state, 0) for state in State.values}


def job_get(pk: int, *, user: "User") -> IngestJob:
    found = _visible(user).filter(pk=pk).select_related("version__document").first()
    if found is None:
        raise NotFound("There is no such job.")
    return found


def heard_from(job: IngestJob) -> datetime | None:
    """When its worker last renewed the lease."""
    return job.lease_until - timedelta(seconds=settings.LEASE_S) if job.lease_until else None


def _visible(user: "User") -> QuerySet[IngestJob]:
    return IngestJob.objects.filter(version__document__collection__in=visible_collections(user))
