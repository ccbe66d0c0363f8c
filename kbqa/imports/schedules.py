"""Places that a collection is kept up to date with: imported again when their time has come.

What has not changed there is not taken again, what was deleted here stays deleted until it
changes there, and what is gone there goes to the bin here where the schedule says so. A folder
that is away, or empty, or a site that did not give its whole list, takes nothing away.
"""

from functools import partial
from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.utils import timezone

from kbqa.documents.background import UNFINISHED
from kbqa.documents.models import Collection
from kbqa.errors import Conflict, Invalid, NotFound

from .models import ImportRun, ImportSchedule
from .services import import_asked
from .tasks import wake_import

if TYPE_CHECKING:
    from kbqa.accounts.models import User

log = structlog.get_logger(__name__)

Every = ImportSchedule.Every

NUM_RUNS_KEPT = 10
_AT_ONCE = 20


@transaction.atomic
def schedule_create(
    *, collection: Collection, kind: str, source: str, every: str, by: "User", remove_missing: bool = True
) -> ImportRun:
    """The first run, begun now; raises what `import_begin` raises, or Conflict when the place is kept already."""
    if every not in Every.values:
        raise Invalid("A collection is kept up to date every hour, day or week.", field="every")
    source = import_asked(kind=kind, source=source, by=by)
    if ImportSchedule.objects.filter(collection=collection, kind=kind, source=source).exists():
        raise Conflict("This place is kept up to date already.")
    schedule = ImportSchedule.objects.create(
        collection=collection,
        kind=kind,
        source=source,
        every=every,
        remove_missing=remove_missing,
        created_by=by,
        next_at=timezone.now() + Every(every).interval,
    )
    log.info("schedule_created", schedule=str(schedule.pk), kind=kind, every=every)
    return _begin(schedule)


@transaction.atomic
def schedule_run(*, schedule: ImportSchedule) -> ImportRun:
    """Now, and then as often as ever; Conflict while it is at work."""
    locked = ImportSchedule.objects.select_for_update().get(pk=schedule.pk)
    if _is_at_work(locked):
        raise Conflict("This place is being imported already.")
    locked.next_at = timezone.now() + Every(locked.every).interval
    locked.save(update_fields=["next_at"])
    return _begin(locked)


def schedule_delete(*, schedule: ImportSchedule) -> None:
    """Its documents stay, and what is being imported is finished."""
    if not ImportSchedule.objects.filter(pk=schedule.pk).delete()[0]:
        raise NotFound("There is no such schedule.")


def schedules_begin_due() -> int:
    """How many runs were begun; a schedule that still works on the last one waits for its next time."""
    now, begun = timezone.now(), 0
    due = ImportSchedule.objects.filter(next_at__lte=now).order_by("next_at")[:_AT_ONCE]
    for schedule in due:
        with transaction.atomic():
            claimed = ImportSchedule.objects.filter(pk=schedule.pk, next_at=schedule.next_at)
            if claimed.update(next_at=now + Every(schedule.every).interval) and not _is_at_work(schedule):
                _begin(schedule)
                begun += 1
    return begun


def _is_at_work(schedule: ImportSchedule) -> bool:
    return schedule.runs.filter(state__in=UNFINISHED).exists()


def _begin(schedule: ImportSchedule) -> ImportRun:
    old = schedule.runs.order_by("-created_at").values_list("pk", flat=True)[NUM_RUNS_KEPT - 1 :]
    ImportRun.objects.filter(pk__in=list(old)).delete()
    run = ImportRun.objects.create(
        collection=schedule.collection,
        schedule=schedule,
        kind=schedule.kind,
        source=schedule.source,
        created_by=schedule.created_by,
    )
    transaction.on_commit(partial(wake_import, run.pk))
    return run
