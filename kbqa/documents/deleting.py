"""Documents and collections deleted, restored, and erased for good.

Deleting marks one row and hides its versions in the next snapshot: no later question
finds it, and nothing of it is lost. Restoring takes the mark away; what was being read
when it was deleted goes on. Only what was deleted can be erased, by rows and tombstones
in one step; files are swept when no reader can hold them any longer.
"""

from functools import partial
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from kbqa.errors import Conflict, NotFound

from .deletable import mark, unmark
from .history import Kind, event_note
from .jobs import jobs_resume
from .models import Collection, Document, Version
from .publishing import snapshot_renew, versions_retire
from .services import document_lock
from .tasks import wake_worker

if TYPE_CHECKING:
    from kbqa.accounts.models import User

log = structlog.get_logger(__name__)


@transaction.atomic
def document_delete(*, document: Document, by: "User | None" = None) -> None:
    """Out of every list, search and answer in one step; it can come back for as long as KBQA_BIN_DAYS says."""
    locked = document_lock(document)
    mark(locked, by=by)
    if not settings.BIN_DAYS:
        document_erase(document=locked)
        return
    event_note(Kind.DELETED, locked.pk, by=by)
    snapshot_renew(locked.collection)
    log.info("document_deleted", document=str(locked.pk), collection=str(locked.collection_id))


@transaction.atomic
def document_restore(*, document: Document, by: "User | None" = None) -> None:
    """All it held is back, without being read anew; Conflict if its name or its bytes have come back by themselves."""
    locked = _lock_deleted(document)
    if twin := _twin(locked):
        raise Conflict(f"The same file is here again as {twin.document.name}; delete that one first.")
    try:
        with transaction.atomic():
            unmark(locked)
    except IntegrityError as error:
        raise Conflict(f"A document named {locked.name} is here again; delete that one first.") from error
    event_note(Kind.RESTORED, locked.pk, by=by)
    snapshot_renew(locked.collection)
    _read_on(Document.objects.filter(pk=locked.pk))
    log.info("document_restored", document=str(locked.pk), collection=str(locked.collection_id))


@transaction.atomic
def document_erase(*, document: Document) -> None:
    """A deleted document for good: out of the index and out of the rows in one step."""
    locked = _lock_deleted(document)
    versions_retire(locked.collection, frozenset(locked.versions.values_list("pk", flat=True)))
    locked.delete()
    log.info("document_erased", document=str(document.pk), collection=str(document.collection_id))


@transaction.atomic
def collection_delete(*, collection: Collection, by: "User | None" = None) -> None:
    """Out of everybody's sight with all it holds; it can come back for as long as KBQA_BIN_DAYS says."""
    mark(collection, by=by)
    if not settings.BIN_DAYS:
        collection_erase(collection=collection)
        return
    log.info("collection_deleted", collection=str(collection.pk))


@transaction.atomic
def collection_restore(*, collection: Collection) -> None:
    """With its documents, its members and its index as they were; what was deleted before it stays deleted."""
    unmark(collection)
    _read_on(Document.objects.filter(collection=collection))
    log.info("collection_restored", collection=str(collection.pk))


@transaction.atomic
def collection_erase(*, collection: Collection) -> None:
    """A deleted collection for good."""
    rows = Collection.with_deleted.select_for_update().filter(pk=collection.pk, deleted_at__isnull=False)
    if (locked := rows.first()) is None:
        raise NotFound("This is not among what was deleted.")
    locked.delete()
    log.info("collection_erased", collection=str(collection.pk))


def _lock_deleted(document: Document) -> Document:
    """As `document_lock`, of one that is deleted."""
    rows = Document.with_deleted.select_for_update(no_key=True).filter(pk=document.pk, deleted_at__isnull=False)
    locked = rows.first()
    if locked is None:
        raise NotFound("This is not among what was deleted.")
    return locked


def _twin(document: Document) -> Version | None:
    """The same bytes in use in its collection, which are one document there."""
    newest = document.versions.order_by("-number")[:1].get()
    others = Version.objects.filter(document__collection=document.collection_id, digest=newest.digest)
    gone = (Version.State.SUPERSEDED, Version.State.CANCELLED)
    return others.exclude(state__in=gone).select_related("document").first()


def _read_on(documents: QuerySet[Document]) -> None:
    for version_id in jobs_resume(documents):
        transaction.on_commit(partial(wake_worker, version_id))
