"""Many threads' writes in one transaction: whoever comes first writes for all who wait meanwhile.

Alone, a write costs what it did; under load the transaction, its statements and the
wait for the one writer are shared. Nobody returns before their own entry is written.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import connection

Entry = TypeVar("Entry")


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Entry]):
    entry: Entry
    is_done: bool = False
    error: Exception | None = None


class GroupCommit(Generic[Entry]):
    """``write`` takes what is to be written together, in one transaction; safe for many threads."""

    def __init__(self, write: Callable[[Sequence[Entry]], None]) -> None:
        self._write = write
        self._queue: list[_Waiting[Entry]] = []
        self._queue_lock, self._turn = threading.Lock(), threading.Lock()

    def add(self, entry: Entry) -> None:
        """Return once ``entry`` is written; raises what its own write raised."""
        if connection.in_atomic_block:  # the caller's transaction decides about this entry, and about no other
            self._write([entry])
            return
        mine = _Waiting(entry)
        with self._queue_lock:
            self._queue.append(mine)
        with self._turn:
            if not mine.is_done:
                with self._queue_lock:
                    batch, self._queue = self._queue, []
                self._write_all(batch)
        if mine.error:
            raise mine.error

    def _write_all(self, batch: list[_Waiting[Entry]]) -> None:
        try:
            self._write([waiting.entry for waiting in batch])
        except Exception:  # one entry's fault is not the others': each alone
            for waiting in batch:
                try:
                    self._write([waiting.entry])
                except Exception as error:  # carried to the thread it belongs to
                    waiting.error = error
        for waiting in batch:
            waiting.is_done = True
