"""OLE containers ([MS-CFB], version 3) made for tests: storages and streams, the short ones in the mini stream."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Union

Tree = Mapping[str, Union[bytes, "Tree"]]

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT, _LINK, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC, 0xFFFFFFFF
_IN_HEADER = 109  # sectors of the table that the header names


@dataclass
class _Entry:
    name: str
    kind: int  # 1 a storage, 2 a stream, 5 the root
    content: bytes = b""
    right: int = _NONE
    child: int = _NONE
    start: int = _END
    size: int = 0


def ole_file(tree: Tree) -> bytes:
    """The container's bytes; a name that maps to another mapping is a storage."""
    entries = [_Entry("Root Entry", 5)]
    entries[0].child = _listed(tree, entries)
    mini, mini_fat, sectors, fat = bytearray(), list[int](), list[bytes](), list[int]()
    for entry in (entry for entry in entries if entry.kind == 2):
        entry.size = len(entry.content)
        if entry.size >= _CUTOFF:
            entry.start = _kept(entry.content, sectors, fat)
        elif entry.size:
            entry.start = len(mini_fat)
            _chain(mini_fat, -(-entry.size // _MINI))
            mini += entry.content.ljust(-(-entry.size // _MINI) * _MINI, b"\0")
    entries[0].size = len(mini)
    entries[0].start = _kept(bytes(mini), sectors, fat) if mini else _END
    mini_start = _kept(_packed(mini_fat), sectors, fat) if mini_fat else _END
    directory = _kept(b"".join(map(_directory_entry, entries)), sectors, fat)
    fat_at = len(fat)
    num_fat, num_links = 1, 0
    while (fat_at + num_fat + num_links) * 4 > num_fat * _SECTOR:
        num_fat += 1
        num_links = -(-max(0, num_fat - _IN_HEADER) // (_SECTOR // 4 - 1))
    fat += [_FAT] * num_fat + [_LINK] * num_links
    tables = [*range(fat_at, fat_at + num_fat)]
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6,
        0, num_fat, directory, 0, _CUTOFF, mini_start, -(-len(mini_fat) * 4 // _SECTOR),
        fat_at + num_fat if num_links else _END, num_links,
    )  # fmt: skip
    header += struct.pack(f"<{_IN_HEADER}I", *tables[:_IN_HEADER], *[_FREE] * (_IN_HEADER - num_fat))
    return header + b"".join(sectors) + _packed(fat) + _links(tables[_IN_HEADER:], at=fat_at + num_fat)


def _links(tables: list[int], *, at: int) -> bytes:
    """The sectors that name those of the table which the header has no room for."""
    room = _SECTOR // 4 - 1
    pieces = [tables[start : start + room] for start in range(0, len(tables), room)]
    nexts = [*range(at + 1, at + len(pieces)), _END]
    return b"".join(
        _packed([*piece, *[_FREE] * (room - len(piece)), following])
        for piece, following in zip(pieces, nexts, strict=False)
    )


def _listed(tree: Tree, entries: list[_Entry]) -> int:
    """The tree's entries, each the right sibling of the one before; the first one's number."""
    first = last = _NONE
    for name, held in sorted(tree.items(), key=lambda item: (len(item[0]), item[0].upper())):
        number = len(entries)
        entries.append(_Entry(name, 2, held) if isinstance(held, bytes) else _Entry(name, 1))
        if last == _NONE:
            first = number
        else:
            entries[last].right = number
        last = number
        if not isinstance(held, bytes):
            entries[number].child = _listed(held, entries)
    return first


def _directory_entry(entry: _Entry) -> bytes:
    name = entry.name.encode("utf-16-le") + b"\0\0"
    return struct.pack(
        "<64sHBBIII16xIQQIQ",
        name, len(name), entry.kind, 1, _NONE, entry.right, entry.child, 0, 0, 0, entry.start, entry.size,
    )  # fmt: skip


def _kept(content: bytes, sectors: list[bytes], fat: list[int]) -> int:
    start, count = len(fat), -(-len(content) // _SECTOR)
    sectors += [content[at : at + _SECTOR].ljust(_SECTOR, b"\0") for at in range(0, len(content), _SECTOR)]
    _chain(fat, count)
    return start


def _chain(table: list[int], count: int) -> None:
    table += [*range(len(table) + 1, len(table) + count), _END]


def _packed(table: list[int]) -> bytes:
    padded = [*table, *[_FREE] * (-len(table) % (_SECTOR // 4))]
    return struct.pack(f"<{len(padded)}I", *padded)
