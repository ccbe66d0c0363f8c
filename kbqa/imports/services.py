"""Imports begun, and stopped."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from django.db import transaction

from kbqa.documents.background import run_stop
from kbqa.documents.models import Collection
from kbqa.errors import Invalid
from kbqa.fetch import web_address

from .folder import allowed_folder
from .models import ImportKind, ImportRun
from .permissions import folder_refuse
from .tasks import wake_import

if TYPE_CHECKING:
    from kbqa.accounts.models import User

log = structlog.get_logger(__name__)

MAX_SOURCE_CHARS = 2_000


@transaction.atomic
def import_begin(*, collection: Collection, kind: str, source: str, by: "User", dry_run: bool = False) -> ImportRun:
    """Queue it; what is wrong with the request itself is said at once."""
    source = import_asked(kind=kind, source=source, by=by)
    run = ImportRun.objects.create(collection=collection, kind=kind, source=source, created_by=by, dry_run=dry_run)
    transaction.on_commit(partial(wake_import, run.pk))
    log.info("import_begun", run=str(run.pk), kind=kind, dry_run=dry_run)
    return run


def import_asked(*, kind: str, source: str, by: "User") -> str:
    """The source as it is kept; raises Invalid or PermissionRefused where nothing can be imported from it."""
    folder_refuse(kind, by)
    source = source.strip()
    if kind not in ImportKind.values:
        raise Invalid("Imports are of a page, a sitemap or a folder.", field="kind")
    if not source or "\x00" in source or len(source) > MAX_SOURCE_CHARS:
        raise Invalid("The import needs an address or a folder.", field="source")
    if kind == ImportKind.FOLDER:
        return str(allowed_folder(source))
    web_address(source)
    return source


def import_begin_here(*, collection: Collection, folder: Path, by: "User", dry_run: bool = False) -> ImportRun:
    """Of any folder that this process can read, for the operator's command, which carries it out itself."""
    return ImportRun.objects.create(
        collection=collection, kind=ImportKind.FOLDER, source=str(folder.resolve()), created_by=by, dry_run=dry_run
    )


def import_cancel(*, run: ImportRun) -> None:
    """No further place is taken; what was brought stays."""
    run_stop(run)


def import_for_real(*, run: ImportRun, by: "User") -> ImportRun:
    """Bring what a dry run has shown."""
    return import_begin(collection=run.collection, kind=run.kind, source=run.source, by=by)
