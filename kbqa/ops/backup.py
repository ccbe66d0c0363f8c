"""A copy of all that cannot be made again, taken while everything runs; and the way back, into an empty folder.

Files are copied before the rows and once more after them. What the rows name is then
there: old files were copied before a sweep could take them, new ones are too young for it.
A backup appears whole or not at all, and a restore compares every byte with its checksum.
"""

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

FORMAT = 1
MANIFEST = "backup.json"
DATABASE = "kbqa.sqlite3"
_PIECE = 1 << 20


class BackupRefused(Exception):
    """It cannot be done so; the sentence says how it can."""


@dataclass(slots=True)
class Backup:
    """What a backup holds: path → [bytes, SHA-256]; ``problems`` are originals that are no longer what they were."""

    files: dict[str, tuple[int, str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def size_bytes(self) -> int:
        return sum(size for size, _ in self.files.values())


def backup_make(target: Path, *, with_database: bool = True) -> Backup:
    """Raises BackupRefused for a target that exists, and for rows in PostgreSQL."""
    if target.exists():
        raise BackupRefused(f"{target} exists already; a backup is a new folder.")
    if with_database and connection.vendor != "sqlite":
        raise BackupRefused(
            "The rows are in PostgreSQL: take them with pg_dump --format=custom, then the files with --files-only."
        )
    aside = target.with_name(f".{target.name}.part")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700, parents=True)
    backup = Backup()
    try:
        _copy_files(backup, aside)
        if with_database:
            _copy_rows(aside / DATABASE)
            backup.files[DATABASE] = _measure(aside / DATABASE)
            _copy_files(backup, aside)
        manifest = {"format": FORMAT, "made_at": timezone.now().isoformat(), "files": backup.files}
        (aside / MANIFEST).write_text(json.dumps(manifest, indent=1))
        aside.rename(target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return backup


def backup_restore(source: Path) -> Backup:
    """Into the folders of the settings, which must hold nothing; BackupRefused otherwise, or if a byte differs."""
    backup = _open(source)
    places = dict(_places())
    occupied = [path for path in places.values() if _holds_something(path)]
    if occupied:
        raise BackupRefused(f"{occupied[0]} holds something already; restore into an empty KBQA_DATA_DIR.")
    if DATABASE in backup.files and connection.vendor != "sqlite":
        raise BackupRefused("This backup holds an SQLite database, and KBQA_DATABASE_URL names another kind.")
    copied: list[tuple[Path, Path]] = []
    try:
        for name, measured in backup.files.items():
            top, _, rest = name.partition("/")
            place = places[top] / rest if rest else places[top]
            aside = place.with_name(f".restore-{place.name}")
            place.parent.mkdir(parents=True, exist_ok=True)
            copied.append((aside, place))
            if _copy(source / name, aside) != measured:
                raise BackupRefused(f"{name} is not what was backed up: its checksum differs.")
        for aside, place in copied:
            aside.replace(place)
    finally:
        for aside, _ in copied:
            aside.unlink(missing_ok=True)
    return backup


def _places() -> Iterator[tuple[str, Path]]:
    """What a backup's entries are called, and where they live here."""
    if connection.vendor == "sqlite":
        yield DATABASE, Path(connection.settings_dict["NAME"])
    yield "originals", Path(settings.ORIGINALS_ROOT)
    yield "segments", Path(settings.SEGMENTS_ROOT)
    yield "secret_key", Path(settings.ENV.data_dir) / "secret_key"


def _sealed(root: Path) -> Iterator[Path]:
    """The files that are whole: what is still being written lies under a top name that begins with a dot."""
    if root.is_file():
        yield root
    for entry in sorted(root.iterdir()) if root.is_dir() else ():
        if not entry.name.startswith("."):
            yield from (path for path in sorted(entry.rglob("*")) if path.is_file())


def _copy_files(backup: Backup, aside: Path) -> None:
    """Whatever is sealed and not copied yet."""
    for top, root in _places():
        if top == DATABASE:
            continue
        for path in _sealed(root):
            name = "/".join((top, *path.relative_to(root).parts))
            if name in backup.files:
                continue
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            try:
                backup.files[name] = _copy(path, aside / name)
            except FileNotFoundError:  # swept while we looked: no current row names it
                continue
            if top == "originals" and backup.files[name][1] != path.name:
                backup.problems.append(f"{path} is damaged: its bytes no longer match its name.")


def _copy_rows(target: Path) -> None:
    """SQLite's online backup: one moment's rows, while others write."""
    connection.ensure_connection()
    with closing(sqlite3.connect(target)) as copy:
        connection.connection.backup(copy, pages=1024, sleep=0.01)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        if copy.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise BackupRefused("The database is damaged: SQLite's quick_check fails on the copy.")


def _open(source: Path) -> Backup:
    try:
        manifest = json.loads((source / MANIFEST).read_text())
    except (OSError, ValueError) as error:
        raise BackupRefused(f"{source} is no backup: it has no readable {MANIFEST}.") from error
    if manifest.get("format") != FORMAT:
        raise BackupRefused(f"{source} has format {manifest.get('format')}; this release reads {FORMAT}.")
    files = {name: (int(size), str(digest)) for name, (size, digest) in manifest["files"].items()}
    tops = {DATABASE, "originals", "segments", "secret_key"}
    if any(name.partition("/")[0] not in tops or ".." in name.split("/") for name in files):
        raise BackupRefused(f"{source} names files that no backup holds.")
    return Backup(files)


def _holds_something(path: Path) -> bool:
    """The secret key does not count: every start makes one."""
    if path.name == "secret_key":
        return False
    return any(path.rglob("*")) if path.is_dir() else path.exists() and path.stat().st_size > 0


def _copy(source: Path, target: Path) -> tuple[int, str]:
    """Copy and sync; returns bytes and SHA-256. Readable to its owner alone."""
    digest, size = hashlib.sha256(), 0
    with (
        source.open("rb") as reading,
        os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as writing,
    ):
        while piece := reading.read(_PIECE):
            digest.update(piece)
            size += writing.write(piece)
        writing.flush()
        os.fsync(writing.fileno())
    return size, digest.hexdigest()


def _measure(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()
