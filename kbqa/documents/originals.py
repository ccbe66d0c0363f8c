"""Originals on disk, named by the SHA-256 of their bytes: written once, whole or not at all.

Nothing here removes an original at once: a second upload of the same bytes may be
on its way. `originals_sweep` removes what no version has named for an hour.
"""

import hashlib
import os
import stat
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from kbqa.errors import EmptyFile, FileTooLarge

from .models import Version

_SWEEP_AFTER_S = 3600.0
_BATCH = 500  # files looked up at once


@dataclass(frozen=True, slots=True)
class Original:
    """Bytes kept on disk."""

    digest: str
    size_bytes: int

    @property
    def path(self) -> Path:
        return original_path(self.digest)


def original_path(digest: str) -> Path:
    return Path(settings.ORIGINALS_ROOT) / digest[:2] / digest


def original_keep(pieces: Iterable[bytes]) -> Original:
    """Write the pieces under their digest, synced before the name appears.

    Raises FileTooLarge at the first byte over the limit, and EmptyFile for none.
    """
    root = Path(settings.ORIGINALS_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    aside = root / f".tmp-{uuid.uuid4().hex}"
    try:
        original = _write(pieces, aside)
        original.path.parent.mkdir(exist_ok=True)
        aside.replace(original.path)
        _sync_folder(original.path.parent)
    finally:
        aside.unlink(missing_ok=True)
    return original


def originals_sweep() -> int:
    """Remove what no version names and no upload has touched for an hour; returns how many."""
    root, before, removed = Path(settings.ORIGINALS_ROOT), time.time() - _SWEEP_AFTER_S, 0
    old = [path for path in root.rglob("*") if _is_untouched(path, since=before)]
    for first in range(0, len(old), _BATCH):
        batch = old[first : first + _BATCH]
        named = Version.with_deleted.filter(digest__in=[path.name for path in batch])
        kept = set(named.values_list("digest", flat=True))
        for path in batch:
            if path.name not in kept and _is_untouched(path, since=before):  # the same bytes may have come just now
                path.unlink(missing_ok=True)
                removed += 1
    return removed


def _is_untouched(path: Path, *, since: float) -> bool:
    """Whether it is a file that was last written before; what is gone by now is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_mtime <= since


def _write(pieces: Iterable[bytes], aside: Path) -> Original:
    digest, size = hashlib.sha256(), 0
    with aside.open("xb") as file:
        for piece in pieces:
            size += len(piece)
            if size > settings.MAX_UPLOAD_BYTES:
                raise FileTooLarge(f"The file is larger than {settings.MAX_UPLOAD_BYTES >> 20} MB.", field="file")
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    if not size:
        raise EmptyFile("The file is empty.", field="file")
    return Original(digest.hexdigest(), size)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
