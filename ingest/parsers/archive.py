"""A zip container read within limits: entries counted, every byte counted as it is unpacked.

Declared sizes serve only to refuse early. What a member really unpacks to is
counted while it is read, so a lie costs its author nothing but the refusal.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ingest.errors import CorruptSource, EncryptedSource, SourceTooLarge

MAX_ENTRIES = 10_000
MAX_RATIO = 100
# Small members may be as repetitive as they like: templates and empty sheets are.
_RATIO_FREE_BYTES = 10 << 20
_MAX_DIRECTORY_BYTES = MAX_ENTRIES * 400
_END_OF_DIRECTORY = b"PK\x05\x06"
_PIECE_BYTES = 1 << 20

_BOMB = "The file unpacks to far more than its size; it looks like an attack and was not read."
_BROKEN = "The file is damaged: its container cannot be unpacked."
_LOCKED = "The file is protected by a password; save a copy without it and upload that."


class Archive:
    """An open container; one total for all that is read from it."""

    def __init__(self, archive: zipfile.ZipFile, *, max_bytes: int) -> None:
        self._zip = archive
        self._max_bytes = max_bytes
        self._num_bytes = 0
        self._members = {member.filename: member for member in archive.infolist()}

    def __contains__(self, name: str) -> bool:
        return name in self._members

    @property
    def names(self) -> list[str]:
        return list(self._members)

    def read(self, name: str) -> bytes:
        """The whole member; raises CorruptSource when it is not there."""
        with self.open(name) as stream:
            return stream.read()

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """The member as a stream that counts."""
        member = self._members.get(name)
        if member is None:
            raise CorruptSource(_BROKEN)
        try:
            with self._zip.open(member) as stream:
                yield io.BufferedReader(_Counted(stream, self, max_bytes=_allowed(member)), _PIECE_BYTES)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise CorruptSource(_BROKEN) from error

    def check_all(self) -> None:
        """Unpack everything once and keep nothing: for libraries that unpack for themselves."""
        for name in self._members:
            with self.open(name) as stream:
                while stream.read(_PIECE_BYTES):
                    pass

    def count(self, num_bytes: int) -> None:
        self._num_bytes += num_bytes
        if self._num_bytes > self._max_bytes:
            raise SourceTooLarge(_BOMB)


class _Counted(io.RawIOBase):
    """A stream that refuses to go on past its allowance or its archive's."""

    def __init__(self, stream: IO[bytes], archive: Archive, *, max_bytes: int) -> None:
        self._stream = stream
        self._archive = archive
        self._left = max_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # any writable buffer
        piece = self._stream.read(len(buffer))
        self._left -= len(piece)
        if self._left < 0:
            raise SourceTooLarge(_BOMB)
        self._archive.count(len(piece))
        buffer[: len(piece)] = piece
        return len(piece)


@contextmanager
def open_archive(container: Path | bytes, *, max_bytes: int) -> Iterator[Archive]:
    """The container in these bytes or at that path; raises SourceTooLarge, EncryptedSource or CorruptSource."""
    with container.open("rb") if isinstance(container, Path) else io.BytesIO(container) as file:
        _check_directory(file)
        try:
            with zipfile.ZipFile(file) as archive:
                _check_declared(archive.infolist(), max_bytes=max_bytes)
                yield Archive(archive, max_bytes=max_bytes)
        except (zipfile.BadZipFile, ValueError, OSError) as error:
            raise CorruptSource(_BROKEN) from error


def _allowed(member: zipfile.ZipInfo) -> int:
    return max(_RATIO_FREE_BYTES, MAX_RATIO * member.compress_size)


def _check_directory(file: IO[bytes]) -> None:
    """Refuse a directory of millions of entries before it is read into memory."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - (1 << 16) - 22))
    tail = file.read()
    end = tail.rfind(_END_OF_DIRECTORY)
    if end >= 0 and int.from_bytes(tail[end + 12 : end + 16], "little") > _MAX_DIRECTORY_BYTES:
        raise SourceTooLarge(f"The file holds more than {MAX_ENTRIES:,} parts; that is the limit.")


def _check_declared(members: list[zipfile.ZipInfo], *, max_bytes: int) -> None:
    if len(members) > MAX_ENTRIES:
        raise SourceTooLarge(f"The file holds more than {MAX_ENTRIES:,} parts; that is the limit.")
    if any(member.flag_bits & 1 for member in members):
        raise EncryptedSource(_LOCKED)
    if sum(member.file_size for member in members) > max_bytes:
        raise SourceTooLarge(_BOMB)
    if any(member.file_size > _allowed(member) for member in members):
        raise SourceTooLarge(_BOMB)
