"""One place of an import into its collection, or only looked at; what came of it is written on the item."""

from collections.abc import Iterable

from kbqa.documents.services import document_upload
from kbqa.documents.validators import clean_name

from .aside import foresee, put_aside
from .known import Known
from .models import ImportItem, ImportRun

Outcome = ImportItem.Outcome
_PIECE = 1 << 20


def take(item: ImportItem, run: ImportRun, known: Known, *, name: str, pieces: Iterable[bytes]) -> None:
    """Not saved yet; raises what an upload would be refused with."""
    item.name = clean_name(name)
    if run.dry_run:
        _look(item, run, pieces)
    elif known.is_deleted_here(item):
        _upload_if_changed(item, run, known, pieces)
    else:
        _upload(item, run, pieces)
    if item.outcome == Outcome.UNCHANGED and item.document and item.document.name != item.name:
        item.message = f"Here already as {item.document.name}."


def _upload(item: ImportItem, run: ImportRun, pieces: Iterable[bytes]) -> None:
    upload = document_upload(collection=run.collection, name=item.name, pieces=pieces, by=run.created_by)
    fresh = Outcome.NEW if upload.version.number == 1 else Outcome.VERSION
    item.outcome = Outcome.UNCHANGED if upload.duplicate else fresh
    item.document = upload.document
    item.digest, item.size_bytes = upload.version.digest, upload.version.size_bytes


def _upload_if_changed(item: ImportItem, run: ImportRun, known: Known, pieces: Iterable[bytes]) -> None:
    with put_aside(pieces) as aside:
        if not known.stays_deleted(item, digest=aside.digest):
            with aside.path.open("rb") as file:
                _upload(item, run, iter(lambda: file.read(_PIECE), b""))


def _look(item: ImportItem, run: ImportRun, pieces: Iterable[bytes]) -> None:
    with put_aside(pieces) as aside:
        foreseen = foresee(collection=run.collection, name=item.name, aside=aside)
    item.outcome, item.document = foreseen.outcome, foreseen.document
    item.digest, item.size_bytes = aside.digest, aside.size_bytes
    _heed_earlier(item, run)


def _heed_earlier(item: ImportItem, run: ImportRun) -> None:
    """What the same run would have brought before this counts as there."""
    brought = run.items.filter(outcome__in=[Outcome.NEW, Outcome.VERSION], position__lt=item.position)
    if same := brought.filter(digest=item.digest).first():
        item.outcome, item.message = Outcome.UNCHANGED, f"Here already as {same.name}."
    elif item.outcome == Outcome.NEW and brought.filter(name=item.name).exists():
        item.outcome = Outcome.VERSION
