"""An import carried out a slice at a time, so that the documents it brings are read while it goes on.

A worker claims the run by a conditional update, lists its places once, takes those that
wait one by one, and lets go. Each place's outcome is written as soon as it is known; one
taken twice is the same document. A schedule's run takes only what has changed since the last.
"""

import time
import uuid
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, Sum
from django.db.models.functions import Now
from django.utils import timezone

from kbqa.documents.background import UNFINISHED, run_claim, run_owned
from kbqa.documents.models import Role
from kbqa.documents.permissions import collection_get
from kbqa.errors import ApplicationError, Busy, Invalid
from kbqa.fetch import Policy, fetch_url

from .folder import allowed_folder, document_name, file_opened, file_stamp, folder_files
from .known import Known
from .models import ImportItem, ImportKind, ImportRun
from .permissions import folder_refuse
from .sitemap import Listing, page_policy, site_of, sitemap_pages
from .taking import take

log = structlog.get_logger(__name__)

State, Outcome = ImportRun.State, ImportItem.Outcome

SLICE_S = 5.0  # an ingestion that waits behind this is not kept long
MAX_FILES = 10_000
MAX_RUN_S = 4 * 3600.0
MAX_RUN_BYTES = 2 << 30
_LEASE_S = 180.0  # outlasts any one step
_UNHEARD_S = 10.0
_PIECE = 1 << 20


def run_continue(run_id: uuid.UUID, *, policy: Policy | None = None, any_folder: bool = False) -> bool:
    """One slice; True when there is more to do. ``any_folder`` is for the operator's own command."""
    rows = ImportRun.objects.select_related("collection", "created_by", "schedule").filter(pk=run_id)
    run = run_claim(rows, lease_s=_LEASE_S)
    if run is None:
        return False
    try:
        _still_allowed(run, any_folder)
        if not run.is_listed:
            _list(run, policy, any_folder)
        known = Known(run)
        finished = _take_some(run, known, policy)
        if finished:
            run.message = " ".join(filter(None, (run.message, known.take_away_missing())))
    except Busy:
        finished = False
    except ApplicationError as error:
        _end(run, State.FAILED, error.message)
        return False
    if not finished:
        return bool(run_owned(run).update(lease_key=None, lease_until=Now(), attempt=0))
    _end(run, State.DONE, run.message)
    return False


def runs_to_wake() -> list[uuid.UUID]:
    """Runs nobody has worked on for a while; those whose workers died again and again are given up."""
    unheard = Now() - timedelta(seconds=_UNHEARD_S)
    idle = ImportRun.objects.filter(
        Q(lease_until__lt=unheard) | Q(lease_until=None, created_at__lt=unheard), state__in=UNFINISHED
    )
    idle.filter(attempt__gte=settings.MAX_ATTEMPTS).update(
        state=State.FAILED, message="The workers stopped again and again; it was given up.", finished_at=Now()
    )
    return list(idle.order_by("created_at").values_list("pk", flat=True))


def _end(run: ImportRun, state: ImportRun.State, message: str) -> None:
    run_owned(run).update(state=state, message=message, lease_key=None, lease_until=None, finished_at=Now())
    log.info("import_ended", run=str(run.pk), kind=run.kind, state=state.value)


def _still_allowed(run: ImportRun, any_folder: bool) -> None:
    """Whoever began it may have lost the role since."""
    if not any_folder:
        collection_get(run.collection_id, user=run.created_by, at_least=Role.EDITOR)
        folder_refuse(run.kind, run.created_by)


def _list(run: ImportRun, policy: Policy | None, any_folder: bool) -> None:
    """Every place as a row, once."""
    listing = _listing(run, policy, any_folder)
    listed = {"is_listed": True, "is_whole": listing.is_whole, "message": listing.left_out}
    with transaction.atomic():
        if not run_owned(run).filter(is_listed=False).update(**listed):
            return
        ImportItem.objects.bulk_create(
            [ImportItem(run=run, position=n, place=place) for n, place in enumerate(listing.places)], batch_size=500
        )
    run.is_whole, run.message = listing.is_whole, listing.left_out


def _listing(run: ImportRun, policy: Policy | None, any_folder: bool) -> Listing:
    if run.kind == ImportKind.PAGE:
        return Listing([run.source])
    if run.kind == ImportKind.SITEMAP:
        return sitemap_pages(run.source, policy)
    if any_folder:
        return Listing(folder_files(run.source))
    files = folder_files(allowed_folder(run.source))
    if len(files) <= MAX_FILES:
        return Listing(files)
    return Listing(files[:MAX_FILES], f"Only the first {MAX_FILES:,} files are taken.", is_whole=False)


def _take_some(run: ImportRun, known: Known, policy: Policy | None) -> bool:
    """Take what waits, for a slice's time; True when nothing waits any more."""
    until = time.monotonic() + SLICE_S
    while item := run.items.filter(outcome=Outcome.WAITING).first():
        if time.monotonic() > until or not run_owned(run).exists():
            return False
        try:
            _within_bounds(run)
            _take(item, run, known, policy)
        except Busy:
            raise
        except ApplicationError as error:
            item.outcome, item.message = Outcome.REFUSED, error.message
        except Exception:  # one place's mishap is not the others'
            log.exception("import_item_broke", run=str(run.pk), item=item.pk)
            item.outcome, item.message = Outcome.REFUSED, "Something broke on our side; it has been logged."
        item.save()
    return True


def _take(item: ImportItem, run: ImportRun, known: Known, policy: Policy | None) -> None:
    if run.kind == ImportKind.FOLDER:
        with file_opened(run.source, item.place) as file:
            stamp = file_stamp(file)
            if known.spares(item, stamp=stamp):
                return
            take(item, run, known, name=document_name(item.place), pieces=iter(lambda: file.read(_PIECE), b""))
        known.note(item, stamp=stamp)
        return
    with fetch_url(item.place, page_policy(policy)) as fetched:
        if site_of(fetched.url) != site_of(item.place):
            raise Invalid("The page leads to another site.", field="source")
        take(item, run, known, name=fetched.name, pieces=fetched.pieces())
    known.note(item)


def _within_bounds(run: ImportRun) -> None:
    if run.kind == ImportKind.FOLDER:
        return
    if timezone.now() - run.created_at > timedelta(seconds=MAX_RUN_S):
        raise Invalid("The import's time was up.", field="source")
    if (run.items.aggregate(n=Sum("size_bytes"))["n"] or 0) > MAX_RUN_BYTES:
        raise Invalid("The site gives more than one import may bring.", field="source")
