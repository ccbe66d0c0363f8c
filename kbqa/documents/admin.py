"""Collections, documents and jobs for administrators; every action calls a service."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kbqa.accounts.models import User
from kbqa.errors import ApplicationError

from .deleting import collection_delete, document_delete
from .models import Collection, Document, Grant, IngestJob, Segment, Snapshot, Version
from .rebuilding import collection_rebuild
from .services import version_cancel, version_retry


def _each(
    request: HttpRequest, queryset: QuerySet[Any], act: Callable[[Any], object], done: str
) -> None:  # Any: rows of several models
    """Call a service for each row; say how many went through and why the others did not."""
    count = 0
    for row in queryset:
        try:
            act(row)
            count += 1
        except ApplicationError as error:
            messages.error(request, f"{row}: {error.message}")
    messages.success(request, done % {"n": count})


def _by(request: HttpRequest) -> User:
    return cast(User, request.user)


class GrantInline(admin.TabularInline[Grant, Collection]):
    model = Grant
    extra = 1
    autocomplete_fields = ("user", "team")


@admin.register(Collection)
class CollectionAdmin(admin.ModelAdmin[Collection]):
    list_display = ("name", "created_by", "created_at", "snapshot")
    search_fields = ("name",)
    readonly_fields = ("snapshot", "created_by")
    inlines = (GrantInline,)
    actions = ("rebuild", "remove")

    def has_delete_permission(self, request: HttpRequest, obj: Collection | None = None) -> bool:
        return False  # the action below lets it come back

    @admin.action(description=_("Delete; it can be restored for a while"))
    def remove(self, request: HttpRequest, queryset: QuerySet[Collection]) -> None:
        _each(
            request,
            queryset,
            lambda row: collection_delete(collection=row, by=_by(request)),
            gettext("Deleted: %(n)s."),
        )

    @admin.action(description=_("Rebuild the index from the stored passages"))
    def rebuild(self, request: HttpRequest, queryset: QuerySet[Collection]) -> None:
        _each(request, queryset, lambda row: collection_rebuild(collection=row), gettext("Index built anew: %(n)s."))


class VersionInline(admin.TabularInline[Version, Document]):
    model = Version
    fields = readonly_fields = ("number", "state", "media_type", "size_bytes", "num_pages", "num_passages", "error")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Document | None = None) -> bool:
        return False


@admin.register(Document)
class DocumentAdmin(admin.ModelAdmin[Document]):
    list_display = ("name", "title", "collection", "state", "created_at")
    list_filter = ("collection", "current__state")
    list_select_related = ("collection", "current")
    search_fields = ("name", "title")
    readonly_fields = ("collection", "name", "title", "current", "created_by", "created_at")
    inlines = (VersionInline,)
    actions = ("ingest", "cancel", "remove")

    @admin.display(description=_("state"))
    def state(self, row: Document) -> str:
        return row.current.state if row.current else ""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # documents come through an upload, which keeps the bytes

    def has_delete_permission(self, request: HttpRequest, obj: Document | None = None) -> bool:
        return False  # the action below also hides them in the index

    @admin.action(description=_("Ingest again"))
    def ingest(self, request: HttpRequest, queryset: QuerySet[Document]) -> None:
        _each(
            request,
            queryset,
            lambda row: version_retry(version=row.versions.latest("number")),
            gettext("Queued to be read again: %(n)s."),
        )

    @admin.action(description=_("Cancel ingestion"))
    def cancel(self, request: HttpRequest, queryset: QuerySet[Document]) -> None:
        _each(
            request,
            queryset,
            lambda row: version_cancel(version=row.versions.latest("number")),
            gettext("Reading stopped: %(n)s."),
        )

    @admin.action(description=_("Delete; it can be restored for a while"))
    def remove(self, request: HttpRequest, queryset: QuerySet[Document]) -> None:
        _each(request, queryset, lambda row: document_delete(document=row, by=_by(request)), gettext("Deleted: %(n)s."))


class ReadOnlyAdmin(admin.ModelAdmin[Any]):  # Any: base of several
    """Rows that only services write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False


@admin.register(IngestJob)
class IngestJobAdmin(ReadOnlyAdmin):
    list_display = ("version", "state", "stage", "percent", "attempt", "worker", "lease_until", "message")
    list_filter = ("state", "stage")
    list_select_related = ("version__document",)
    search_fields = ("version__document__name",)
    actions = ("retry", "cancel")

    @admin.action(description=_("Retry"), permissions=("view",))
    def retry(self, request: HttpRequest, queryset: QuerySet[IngestJob]) -> None:
        _each(
            request,
            queryset,
            lambda row: version_retry(version=row.version),
            gettext("Queued to be read again: %(n)s."),
        )

    @admin.action(description=_("Cancel"), permissions=("view",))
    def cancel(self, request: HttpRequest, queryset: QuerySet[IngestJob]) -> None:
        _each(request, queryset, lambda row: version_cancel(version=row.version), gettext("Reading stopped: %(n)s."))


@admin.register(Segment)
class SegmentAdmin(ReadOnlyAdmin):
    list_display = ("name", "collection", "num_chunks", "size_bytes", "created_at")
    list_filter = ("collection",)


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    list_display = ("collection", "number", "created_at", "replaced_at")
    list_filter = ("collection",)
