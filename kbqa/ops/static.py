"""Static files under names that change with their content, collected once for each state of their sources."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

_STAMP = ".collected"


class GzipManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped base
    """Compressed by gzip alone: Brotli takes 47 CPU seconds for the API pages' scripts, gzip two."""

    def create_compressor(self, **options: object) -> Compressor:
        return super().create_compressor(use_brotli=False, **options)


def static_collect() -> None:
    """Collect, and note the state of what was collected."""
    state = _state_of_sources()
    call_command("collectstatic", interactive=False, verbosity=0)
    _stamp().write_text(state)


def static_is_stale() -> bool:
    return not _stamp().is_file() or _stamp().read_text() != _state_of_sources()


def _stamp() -> Path:
    return Path(settings.STATIC_ROOT) / _STAMP


def _state_of_sources() -> str:
    """A digest over the place, size and time of every file that would be collected, and how they are stored."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            path = Path(storage.path(name))
            seen = path.stat()
            digest.update(f"{path}\0{seen.st_size}\0{seen.st_mtime_ns}\n".encode())
    return digest.hexdigest()
