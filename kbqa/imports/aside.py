"""Bytes that are looked at and not kept: what they would become in a collection."""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from kbqa.documents.models import Collection, Document
from kbqa.documents.selectors import version_holding
from kbqa.documents.validators import clean_name, media_type_of
from kbqa.errors import EmptyFile, FileTooLarge

from .models import ImportItem

Outcome = ImportItem.Outcome


@dataclass(frozen=True, slots=True)
class Aside:
    """A temporary file, for as long as the block lasts."""

    path: Path
    digest: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What `document_upload` would make of these bytes under this name."""

    outcome: ImportItem.Outcome
    name: str
    document: Document | None = None


@contextmanager
def put_aside(pieces: Iterable[bytes]) -> Iterator[Aside]:
    """The pieces in a file that goes with the block; refused like an upload when too large or empty."""
    digest, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(prefix="kbqa-look-") as file:
        for piece in pieces:
            size += len(piece)
            if size > settings.MAX_UPLOAD_BYTES:
                raise FileTooLarge(f"The file is larger than {settings.MAX_UPLOAD_BYTES >> 20} MB.", field="file")
            digest.update(piece)
            file.write(piece)
        if not size:
            raise EmptyFile("The file is empty.", field="file")
        file.flush()
        yield Aside(Path(file.name), digest.hexdigest(), size)


def foresee(*, collection: Collection, name: str, aside: Aside) -> Foreseen:
    """New, a new version, or here already; raises what an upload would be refused with."""
    name = clean_name(name)
    media_type_of(aside.path, name=name)
    if held := version_holding(aside.digest, collection=collection):
        return Foreseen(Outcome.UNCHANGED, name, held.document)
    known = Document.objects.filter(collection=collection, name=name).first()
    return Foreseen(Outcome.VERSION, name, known) if known else Foreseen(Outcome.NEW, name)
