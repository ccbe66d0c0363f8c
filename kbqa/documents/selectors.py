"""Reads about collections and documents, always by what the asker may see."""

from collections import Counter
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery

from kbqa.errors import NotFound

from .models import CanonicalText, Collection, Document, Grant, Version
from .permissions import document_get, visible_collections

if TYPE_CHECKING:
    from kbqa.accounts.models import User

DISABLED = "disabled"


def collection_list(*, user: "User") -> QuerySet[Collection]:
    """By name, with the number of documents, of those working and failed, and the time of the last change."""
    latest = _latest_version("state")
    states = (
        Document.objects.filter(collection=OuterRef("pk")).order_by().annotate(latest_state=latest).values("collection")
    )

    def count(**where: str) -> Subquery:
        return Subquery(states.filter(**where).annotate(n=Count("pk")).values("n"))

    return (
        visible_collections(user)
        .annotate(
            num_documents=Count("documents", filter=Q(documents__deleted_at=None), distinct=True),
            num_working=count(latest_state=Version.State.PENDING),
            num_failed=count(latest_state=Version.State.FAILED),
            changed_at=Subquery(
                Version.objects.filter(document__collection=OuterRef("pk")).order_by("-pk").values("created_at")[:1]
            ),
        )
        .order_by("name", "pk")
    )


def document_list(*, collection: Collection) -> QuerySet[Document]:
    """Newest first; each with its latest version and that version's job as `latest`."""
    return (
        Document.objects.filter(collection=collection)
        .annotate(latest_id=_latest_version("pk"), latest_state=_latest_version("state"))
        .select_related("current")
        .prefetch_related(
            Prefetch("versions", Version.objects.select_related("job").order_by("-number"), to_attr="all_versions")
        )
        .order_by("-created_at", "pk")
    )


def document_search(documents: QuerySet[Document], *, text: str = "", state: str = "") -> QuerySet[Document]:
    """Narrow a document list by a part of its name or title, and by its state: its latest version's, or `disabled`."""
    if text:
        documents = documents.filter(Q(name__icontains=text) | Q(title__icontains=text))
    if state in (DISABLED, Version.State.READY):
        documents = documents.filter(enabled=state != DISABLED)
    if state and state != DISABLED:
        documents = documents.filter(latest_state=state)  # type: ignore[misc]  # annotated by document_list
    return documents


def document_counts(documents: QuerySet[Document]) -> dict[str, int]:
    """How many of a document list are in each state by which it can be narrowed; none where there are none."""
    counts: Counter[str] = Counter()
    by_state = documents.order_by().prefetch_related(None).values_list("latest_state", "enabled")  # type: ignore[misc]  # as above
    for state, enabled, count in by_state.annotate(n=Count("pk")):
        if enabled or state != Version.State.READY:
            counts[state] += count
        if not enabled:
            counts[DISABLED] += count
    return dict(counts)


def grant_list(*, collection: Collection) -> QuerySet[Grant]:
    return Grant.objects.filter(collection=collection).select_related("user", "team").order_by("pk")


def latest_version(document: Document) -> Version:
    """The newest version, whatever its state; the one whose progress people want to see."""
    return document.versions.select_related("job").order_by("-number")[:1].get()


def version_list(*, document: Document) -> QuerySet[Version]:
    """Newest first, those that were read."""
    return document.versions.filter(canonical__isnull=False).order_by("-number")


def version_holding(digest: str, *, collection: Collection) -> Version | None:
    """The version that stands for these bytes in the collection; None where others have taken their place."""
    rows = Version.objects.filter(document__collection=collection, digest=digest).select_related("document")
    latest = rows.order_by("-pk").first()
    if latest is None or latest.state in (Version.State.SUPERSEDED, Version.State.CANCELLED):
        return None
    is_behind = latest.document.versions.filter(number__gt=latest.number).exists()
    return None if latest.state == Version.State.FAILED and is_behind else latest


def heading_levels(*, version: Version, start: int, end: int) -> dict[str, int]:
    """The headings over the passages of a range of the text, each with its level from 1."""
    paths = version.passages.filter(start__lt=end, end__gt=start).values_list("heading_path", flat=True)
    return {title: level for path in paths for level, title in enumerate(path, start=1)}


def version_text(
    *, document_id: UUID | str, user: "User", number: int | None = None
) -> tuple[Document, Version, CanonicalText]:
    """A document's canonical text: of the given version, else of the current one."""
    document = document_get(document_id, user=user)
    wanted = Q(number=number) if number else Q(pk=F("document__current"))
    version = document.versions.filter(wanted).select_related("canonical").first()
    if version is None:
        raise NotFound("There is no such version.")
    try:
        return document, version, version.canonical
    except CanonicalText.DoesNotExist as error:
        raise NotFound("This version has not been read yet.") from error


def document_named() -> Prefetch[str]:
    """To be prefetched where a row names its `document`: None once that is gone, or deleted."""
    return Prefetch("document", Document.objects.all())


def _latest_version(field: str) -> Subquery:
    return Subquery(Version.objects.filter(document=OuterRef("pk")).order_by("-number").values(field)[:1])
