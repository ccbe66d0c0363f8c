"""What stands at the root of an OLE container ([MS-CFB]): the names that tell which program wrote it.

Only the container's own directory is read, within a bound, so the web process may ask it of anything.
Of a damaged one the names that can be reached are given.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

_HEAD_BYTES, _ENTRY_BYTES = 512, 128
_MAX_DIRECTORY_BYTES = 4 << 20  # 32,768 entries
_MAX_LINKS = 4_096  # sectors that say where the table of sectors goes on
_LAST = 0xFFFFFFFA  # no sector has a higher number
_NO_ENTRY = 0xFFFFFFFF


def root_names(file: BinaryIO) -> frozenset[str]:
    """The storages and streams of the root."""
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    if len(head) < _HEAD_BYTES or head[30] not in (9, 12):
        return frozenset()
    return frozenset(_root(_Sectors(file, head).directory()))


class _Sectors:
    """The container's sectors, and the table that chains them."""

    def __init__(self, file: BinaryIO, head: bytes) -> None:
        self._file = file
        self._bytes = 1 << head[30]
        (self._first,) = struct.unpack_from("<I", head, 48)
        (self._next_link,) = struct.unpack_from("<I", head, 68)
        self._tables = list(struct.unpack_from("<109I", head, 76))  # the sectors that hold the table
        self._links = 0
        self._table: tuple[int, bytes] = (-1, b"")

    def directory(self) -> bytes:
        sector, found = self._first, bytearray()
        while sector < _LAST and len(found) < _MAX_DIRECTORY_BYTES:
            found += self._read(sector)
            sector = self._after(sector)
        return bytes(found)

    def _read(self, sector: int) -> bytes:
        self._file.seek((sector + 1) * self._bytes)
        return self._file.read(self._bytes)

    def _after(self, sector: int) -> int:
        number, place = divmod(sector, self._bytes // 4)
        while number >= len(self._tables) and self._next_link < _LAST and self._links < _MAX_LINKS:
            link = self._read(self._next_link)
            more = struct.unpack(f"<{len(link) // 4}I", link[: len(link) // 4 * 4])
            self._tables += more[:-1]
            self._next_link = more[-1] if more else _NO_ENTRY
            self._links += 1
        if number >= len(self._tables) or self._tables[number] >= _LAST:
            return _NO_ENTRY
        if self._table[0] != number:
            self._table = number, self._read(self._tables[number])
        entry = self._table[1][4 * place : 4 * place + 4]
        return int.from_bytes(entry, "little") if len(entry) == 4 else _NO_ENTRY


def _root(directory: bytes) -> Iterator[str]:
    """The names of the root's tree; each entry is looked at once, however they refer to each other."""
    seen, waiting = {_NO_ENTRY}, [*struct.unpack_from("<I", directory, 76)] if len(directory) >= _ENTRY_BYTES else []
    while waiting:
        number = waiting.pop()
        entry = directory[_ENTRY_BYTES * number : _ENTRY_BYTES * (number + 1)]
        if number in seen or len(entry) < _ENTRY_BYTES:
            continue
        seen.add(number)
        length, left, right = struct.unpack_from("<HxxII", entry, 64)
        yield entry[: min(length, 64)].decode("utf-16-le", "ignore").rstrip("\0")
        waiting += [left, right]
