"""PassageStore: what a network makes of passages, on disk; what was not used for longest goes first.

A file is one passage's and named by its tokens. For a decoder it holds keys and values of every layer, for a
reader the states at its seam. It is mapped, not read, and carries a digest of all it holds: one that was cut, changed
or written in another shape is not there. The folder belongs to one network in one arithmetic; whoever opens it names
it so. Files are the truth: another process may add or delete some at any time.
"""

from __future__ import annotations

import hashlib
import logging
import math
import os
import re
import struct
import tempfile
import time
from array import array
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

log = logging.getLogger(__name__)

_HEADER = struct.Struct("<4s16s")  # magic, the digest of the shape and of all that follows
_MAGIC = b"KVP2"
_NAME = re.compile(r"[0-9a-f]{32}\.kv")
_UNFINISHED = ".new-"
_ABANDONED_S = 3600.0  # nobody takes that long to write a file


@dataclass(frozen=True, slots=True)
class PassageBlocks:
    """A passage's numbers, ``rounded`` times ``scales``: int8 [..., tokens, ..., size] and float32 with size 1.

    A decoder's are [layers, 2, tokens, kv_heads, head_dim], its keys rotated from position 0, then its values; a
    reader's states [tokens, size].
    """

    rounded: np.ndarray
    scales: np.ndarray


class PassageStore:
    """At most ``max_bytes`` of files; used by one thread. Blocks have the shape [*before, tokens, *after]."""

    def __init__(self, folder: Path, *, max_bytes: int, before: tuple[int, ...] = (), after: tuple[int, ...]) -> None:
        self._folder, self._max_bytes = folder, max_bytes
        self._before, self._after = before, after
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # they say what a document says
        self._sweep()
        found = [(entry.stat(), entry.name) for entry in os.scandir(folder) if _NAME.fullmatch(entry.name)]
        found.sort(key=lambda entry: entry[0].st_mtime_ns)
        self._sizes = OrderedDict((name, status.st_size) for status, name in found)  # least recently used first
        self.num_bytes = sum(self._sizes.values())
        self.num_hits = self.num_misses = 0
        self._make_room(0)

    def __len__(self) -> int:
        return len(self._sizes)

    def __contains__(self, tokens: Sequence[int]) -> bool:
        """Whether a file of this name is listed; what it holds is looked at by `find` alone."""
        return _name(tokens) in self._sizes

    def find(self, tokens: Sequence[int]) -> PassageBlocks | None:
        """What `keep` was given; None where there is none that can be trusted."""
        name = _name(tokens)
        blocks = self._read(self._folder / name, len(tokens)) if name in self._sizes else None
        if blocks is None:
            self.num_misses += 1
            self._forget(name)
            return None
        self.num_hits += 1
        self._sizes.move_to_end(name)
        return blocks

    def keep(self, tokens: Sequence[int], blocks: PassageBlocks) -> None:
        """Write it, whole or not at all; a disk that refuses costs the next asker, not this one."""
        content = blocks.rounded.tobytes() + blocks.scales.astype("<f4").tobytes()
        name, size = _name(tokens), _HEADER.size + len(content)
        if size > self._max_bytes:
            return
        try:
            self._make_room(size)
            self._write(name, _HEADER.pack(_MAGIC, _digest(blocks.rounded.shape, content)) + content)
        except OSError as error:
            log.warning("what was made of a passage was not kept: %s", error)
            return
        self.num_bytes += size - self._sizes.get(name, 0)
        self._sizes[name] = size

    def check(self) -> None:
        """Recount what is listed against the files."""
        for name, size in self._sizes.items():
            path = self._folder / name
            if path.is_file() and path.stat().st_size != size:
                raise AssertionError(f"{name} is listed with {size} bytes and has {path.stat().st_size}")
        if self.num_bytes != sum(self._sizes.values()):
            raise AssertionError(f"{self.num_bytes} bytes are counted, {sum(self._sizes.values())} are listed")
        if self.num_bytes > self._max_bytes:
            raise AssertionError(f"{self.num_bytes} bytes are kept, {self._max_bytes} may be")

    def _write(self, name: str, content: bytes) -> None:
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix=_UNFINISHED, delete=False) as file:
            try:
                file.write(content)
                file.flush()
                os.replace(file.name, self._folder / name)
            except OSError:
                os.unlink(file.name)
                raise

    def _read(self, path: Path, num_tokens: int) -> PassageBlocks | None:
        shape = (*self._before, num_tokens, *self._after)
        num_numbers, num_scales = math.prod(shape), math.prod(shape[:-1])
        try:
            whole = np.memmap(path, np.uint8, mode="c")  # private: nobody writes to the file through it
            os.utime(path)
        except (OSError, ValueError):  # ValueError: an empty file
            return None
        if len(whole) != _HEADER.size + num_numbers + 4 * num_scales:
            return None
        magic, digest = _HEADER.unpack(whole[: _HEADER.size].tobytes())
        content = whole[_HEADER.size :]
        if magic != _MAGIC or digest != _digest(shape, content.data):
            return None
        rounded, scales = content[:num_numbers].view(np.int8), content[num_numbers:].view("<f4")
        return PassageBlocks(rounded.reshape(shape), scales.reshape(*shape[:-1], 1))

    def _sweep(self) -> None:
        """Remove what processes that were killed left half written."""
        for entry in os.scandir(self._folder):
            if entry.name.startswith(_UNFINISHED) and time.time() - entry.stat().st_mtime > _ABANDONED_S:
                Path(entry).unlink(missing_ok=True)

    def _make_room(self, size: int) -> None:
        while self._sizes and self.num_bytes + size > self._max_bytes:
            self._forget(next(iter(self._sizes)))

    def _forget(self, name: str) -> None:
        if (size := self._sizes.pop(name, None)) is not None:
            self.num_bytes -= size
            (self._folder / name).unlink(missing_ok=True)


def _digest(shape: tuple[int, ...], content: bytes | memoryview) -> bytes:
    return hashlib.blake2b(content, digest_size=16, key=repr(shape).encode()).digest()


def _name(tokens: Sequence[int]) -> str:
    return hashlib.blake2b(array("q", tokens).tobytes(), digest_size=16).hexdigest() + ".kv"
