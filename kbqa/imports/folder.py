"""A folder of this machine: what lies in it, opened so that nothing outside it can be reached.

A link is followed only to where it leads inside the folder. A file is opened step by
step from the folder itself, no step a link, so that nothing exchanged meanwhile leads out.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from kbqa.errors import Invalid

_STEP = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # opening a pipe would wait for its writer


def allowed_folder(asked: str) -> Path:
    """The folder, if it lies in one that the operator allows; Invalid otherwise, whether it is there or not."""
    refusal = Invalid("There is no such folder among those that may be imported.", field="source")
    try:
        folder = Path(asked).resolve(strict=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise refusal from error
    roots = [Path(root).resolve() for root in settings.IMPORT_ROOTS]
    if not Path(asked).is_absolute() or not folder.is_dir() or not any(folder.is_relative_to(root) for root in roots):
        raise refusal
    return folder


def folder_files(folder: Path | str) -> list[str]:
    """Paths below ``folder`` in order; hidden ones, and folders that are links, are left out."""
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [os.path.relpath(Path(place, name), folder) for name in files if not name.startswith(".")]
    return sorted(found, key=lambda path: Path(path).parts)


@contextmanager
def file_opened(folder: Path | str, path: str) -> Iterator[BinaryIO]:
    """The file at ``path`` below ``folder``; Invalid when it leads out, or is no file."""
    root = Path(folder).resolve()
    try:
        parts = (root / path).resolve(strict=True).relative_to(root).parts
    except ValueError as error:
        raise Invalid("This is a link that leads out of the folder.", field="source") from error
    except (OSError, RuntimeError) as error:
        raise Invalid("This file cannot be opened.", field="source") from error
    try:
        descriptor = _opened(root, parts)
    except OSError as error:
        raise Invalid("This file cannot be opened.", field="source") from error
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Invalid("This is no file.", field="source")
        yield file


def file_stamp(file: BinaryIO) -> str:
    """What is another once the file was written to: its size, and when that was."""
    seen = os.fstat(file.fileno())
    return f"{seen.st_size}:{seen.st_mtime_ns}"


def document_name(path: str) -> str:
    """A document's name from its path, so that files of one name in two folders are two documents."""
    return " - ".join(Path(path).parts)


def _opened(root: Path, parts: tuple[str, ...]) -> int:
    at = os.open(root, _STEP)
    for part in parts[:-1]:
        try:
            below = os.open(part, _STEP, dir_fd=at)
        finally:
            os.close(at)
        at = below
    try:
        return os.open(parts[-1], _FILE, dir_fd=at)
    finally:
        os.close(at)
