"""Many threads' writes in one transaction: whoever comes first writes for all who wait meanwhile.

Alone, a write costs what it did; under load the transaction, its statements and the
wait for the one writer are shared. Nobody returns before their own entry is written.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from django.db import connection

Entry = TypeVar("Entry")


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Entry]):
    entry: Entry
    is_taken: bool = False
    error: BaseException | None = None
    woken: threading.Event = field(default_factory=threading.Event)  # to return, or to write if nobody took it


class GroupCommit(Generic[Entry]):
    """``write`` takes what is to be written together, ``within`` the one transaction it is written in.

    Safe for many threads. One of those who wait writes at a time; who comes while it waits for its
    transaction is written with it, and the first of those who come later writes next.
    """

    def __init__(
        self, write: Callable[[Sequence[Entry]], None], *, within: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._write, self._within = write, within
        self._queue: list[_Waiting[Entry]] = []
        self._has_writer = False
        self._lock = threading.Lock()  # of both

    def add(self, entry: Entry) -> None:
        """Return once ``entry`` is written; raises what its own write raised."""
        if connection.in_atomic_block:  # the caller's transaction decides about this entry, and about no other
            self._write([entry])
            return
        mine = _Waiting(entry)
        with self._lock:
            self._queue.append(mine)
            must_wait, self._has_writer = self._has_writer, True
        if must_wait:
            mine.woken.wait()
        if not mine.is_taken:
            self._write_all()
        if mine.error:
            raise mine.error

    def _write_all(self) -> None:
        batch: list[_Waiting[Entry]] = []
        try:
            with self._within():
                batch = self._take()
                self._write([waiting.entry for waiting in batch])
        except Exception:  # one entry's fault is not the others': each alone
            batch = batch or self._take()
            for waiting in batch:
                self._write_alone(waiting)
        except BaseException as stop:  # nobody takes for written what is not, or waits for a writer who is gone
            batch = batch or self._take()
            for waiting in batch:
                waiting.error = stop
            raise
        finally:
            self._wake(batch)

    def _write_alone(self, waiting: _Waiting[Entry]) -> None:
        try:
            with self._within():
                self._write([waiting.entry])
        except Exception as error:  # carried to the thread it belongs to
            waiting.error = error

    def _take(self) -> list[_Waiting[Entry]]:
        with self._lock:
            batch, self._queue = self._queue, []
        for waiting in batch:
            waiting.is_taken = True
        return batch

    def _wake(self, written: list[_Waiting[Entry]]) -> None:
        """Those whose entry is written, and the first of those who came since: to write the rest."""
        with self._lock:
            self._has_writer = bool(self._queue)
            following = self._queue[:1]
        for waiting in (*following, *written):
            waiting.woken.set()
