"""What people and programs do to collections and documents. Each write is one transaction."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import structlog
from django.db import IntegrityError, transaction
from django.db.models import OuterRef, QuerySet, Subquery

from kbqa.accounts.permissions import whole_account_require
from kbqa.errors import Conflict, Invalid, NotFound
from kbqa.lookup import row_of

from . import jobs
from .glossary import glossary_clean
from .history import Kind, event_note
from .models import ChunkSize, Collection, Document, Grant, IngestJob, Role, Version
from .originals import Original, original_keep
from .permissions import visible_collections
from .publishing import snapshot_renew
from .selectors import version_holding
from .tasks import wake_worker
from .validators import clean_name, media_type_of

if TYPE_CHECKING:
    from kbqa.accounts.models import Team, User

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Upload:
    """What became of uploaded bytes: the document, and whether it already held just these."""

    document: Document
    version: Version
    duplicate: bool


@transaction.atomic
def collection_create(*, name: str, by: "User", description: str = "") -> Collection:
    """A collection that its creator owns."""
    whole_account_require(by)
    collection = Collection.objects.create(
        name=_name_clean(name, by=by), description=description[:2_000], created_by=by
    )
    grant_give(collection=collection, to=by, role=Role.OWNER)
    return collection


def collection_update(
    *, collection: Collection, by: "User", name: str | None = None, description: str | None = None
) -> Collection:
    if name is not None:
        collection.name = _name_clean(name, by=by, own=collection)
    if description is not None:
        collection.description = description[:2_000]
    collection.save(update_fields=["name", "description"])
    return collection


def _name_clean(name: str, *, by: "User", own: Collection | None = None) -> str:
    """The name as it is kept; Invalid where ``by`` owns another of that name, which looks the same in every list."""
    cleaned = name.strip()[:200]
    if not cleaned:
        raise Invalid("The collection needs a name.", field="name")
    namesakes = visible_collections(by, at_least=Role.OWNER).filter(name__iexact=cleaned)
    if own:
        namesakes = namesakes.exclude(pk=own.pk)
    if namesakes.exists():
        raise Invalid(f"You own a collection named “{cleaned}” already.", field="name")
    return cleaned


def collection_tune(
    *, collection: Collection, glossary: str, abstain_below: float | None, chunk_size: str
) -> Collection:
    """How it is asked from the next question on: words of one meaning, how sure to be; and how it is read."""
    if abstain_below is not None and not 0 <= abstain_below <= 1:
        raise Invalid("The least probability lies between 0 and 1.", field="abstain_below")
    if chunk_size not in ChunkSize.values:
        raise Invalid("There is no such size of passages.", field="chunk_size")
    collection.glossary, collection.abstain_below = glossary_clean(glossary), abstain_below
    collection.chunk_size = chunk_size
    collection.save(update_fields=["glossary", "abstain_below", "chunk_size"])
    return collection


def collection_reread(*, collection: Collection, by: "User | None" = None) -> int:
    """Queue every document that is not being read to be read anew; returns how many."""
    newest = Version.objects.filter(document=OuterRef("pk")).order_by("-number").values("pk")[:1]
    documents = Document.objects.filter(collection=collection).annotate(newest=Subquery(newest))
    versions = Version.objects.filter(pk__in=documents.values("newest")).exclude(state=Version.State.PENDING)
    queued = 0
    for version in list(versions.select_related("document")):
        with suppress(Conflict, NotFound):  # queued or deleted by somebody else meanwhile
            version_retry(version=version, by=by)
            queued += 1
    return queued


@transaction.atomic
def grant_give(*, collection: Collection, to: "User | Team", role: Role) -> Grant:
    """Give, raise or lower a role; the last owner's is not lowered."""
    from kbqa.accounts.models import Team

    holder = {"team": to} if isinstance(to, Team) else {"user": to}
    if role != Role.OWNER:
        owners = _owners(collection)
        if owners.filter(**holder).exists():
            _owner_spare(owners)
    grant, _ = Grant.objects.update_or_create(collection=collection, **holder, defaults={"role": role})
    return grant


@transaction.atomic
def grant_remove(*, collection: Collection, grant_id: str) -> None:
    """Take a role away; the last owner's stays."""
    owners = _owners(collection)
    grant = row_of(Grant.objects.filter(collection=collection), grant_id)
    if grant is None:
        raise NotFound("There is no such member.")
    if grant.role == Role.OWNER:
        _owner_spare(owners)
    grant.delete()


def _owners(collection: Collection) -> QuerySet[Grant]:
    return Grant.objects.select_for_update().filter(collection=collection, role=Role.OWNER)


def _owner_spare(owners: QuerySet[Grant]) -> None:
    """Conflict unless there is another one; they stay locked, so that two cannot leave at once."""
    if len(owners) == 1:
        raise Conflict("A collection keeps at least one owner.")


def document_upload(*, collection: Collection, name: str, pieces: Iterable[bytes], by: "User") -> Upload:
    """Keep the bytes and queue their ingestion.

    The same bytes twice in a collection are the same document; new bytes under a
    known name are its next version, and the one before answers until that is published.
    """
    name = clean_name(name)
    original = original_keep(pieces)
    media_type = media_type_of(original.path, name=name)
    try:
        return _record_upload(collection, name, original, media_type, by)
    except (IntegrityError, NotFound):  # the document of this name was deleted at the same moment: by now it is gone
        return _record_upload(collection, name, original, media_type, by)


@transaction.atomic
def version_retry(*, version: Version, by: "User | None" = None) -> Version:
    """Try again what failed or was cancelled; what is ready is read anew as the next version."""
    document = document_lock(version.document)
    if version.state == Version.State.READY:
        original = Original(version.digest, version.size_bytes)
        following = _version_add(document, original, version.media_type)
        event_note(Kind.READ_AGAIN, version.document_id, by=by, version=following.number)
        return following
    if not jobs.job_requeue(version):
        raise Conflict("This document is being ingested already.")
    event_note(Kind.READ_AGAIN, version.document_id, by=by, version=version.number)
    Version.objects.filter(pk=version.pk).update(state=Version.State.PENDING, error="", error_code="")
    transaction.on_commit(partial(wake_worker, version.pk))
    return version


def version_cancel(*, version: Version, by: "User | None" = None) -> None:
    """Stop the work; what was published before stays."""
    with transaction.atomic():
        document_lock(version.document)
        if not jobs.job_cancel(version):
            raise Conflict("There is nothing to cancel: the work is over.")
        Version.objects.filter(pk=version.pk, state=Version.State.PENDING).update(state=Version.State.CANCELLED)
        event_note(Kind.CANCELLED, version.document_id, by=by, version=version.number)


@transaction.atomic
def document_enable(*, document: Document, enabled: bool, by: "User | None" = None) -> None:
    """Switch a document on or off: off, it stays with all it holds, and answers nothing from the next question on."""
    locked = document_lock(document)
    if locked.enabled != enabled:
        Document.objects.filter(pk=locked.pk).update(enabled=enabled)
        event_note(Kind.ENABLED if enabled else Kind.DISABLED, locked.pk, by=by)
        snapshot_renew(locked.collection)
    document.enabled = enabled


@transaction.atomic
def document_rename(*, document: Document, title: str, by: "User | None" = None) -> None:
    """Give it another title, which stays when it is read again; none brings back the document's own."""
    title = title.replace("\x00", "").strip()[:500]
    locked = document_lock(document)
    if locked.title != title:
        Document.objects.filter(pk=locked.pk).update(title=title, title_is_given=bool(title))
        event_note(Kind.RENAMED, locked.pk, by=by, note=title)
        snapshot_renew(locked.collection)  # answers kept for the last snapshot cite the title of then
    document.title = title


def document_lock(document: Document) -> Document:
    """The document's row, held to the transaction's end; before the collection's and its versions', as publishing does.

    Whoever only refers to it, as a line of its history does, need not wait: one of those may hold what we want next.
    """
    locked = Document.objects.select_for_update(no_key=True).filter(pk=document.pk).first()
    if locked is None:
        raise NotFound("The document was deleted already.")
    return locked


@transaction.atomic
def _record_upload(collection: Collection, name: str, original: Original, media_type: str, by: "User") -> Upload:
    known = version_holding(original.digest, collection=collection)
    if known is None:
        document, _ = Document.objects.get_or_create(collection=collection, name=name, defaults={"created_by": by})
        document = document_lock(document)
        known = version_holding(original.digest, collection=collection)  # uploaded under this name while we waited
    if known:
        if known.state == Version.State.FAILED:
            version_retry(version=known, by=by)
        return Upload(known.document, known, duplicate=True)

    version = _version_add(document, original, media_type)
    event_note(Kind.UPLOADED, document.pk, by=by, version=version.number)
    log.info("document_uploaded", document=str(document.pk), version=version.pk, bytes=original.size_bytes)
    return Upload(document, version, duplicate=False)


def _version_add(document: Document, original: Original, media_type: str) -> Version:
    """The next version and its job; an earlier one still being read is overtaken. The document must be locked."""
    for earlier in document.versions.filter(state=Version.State.PENDING):
        jobs.job_cancel(earlier)
        Version.objects.filter(pk=earlier.pk).update(state=Version.State.SUPERSEDED)
    version = document.versions.create(
        number=(document.versions.order_by("-number").values_list("number", flat=True).first() or 0) + 1,
        digest=original.digest,
        size_bytes=original.size_bytes,
        media_type=media_type,
    )
    if document.current is None or document.current.state != Version.State.READY:
        Document.objects.filter(pk=document.pk).update(current=version)
        document.current = version
    IngestJob.objects.create(version=version)
    transaction.on_commit(partial(wake_worker, version.pk))
    return version
