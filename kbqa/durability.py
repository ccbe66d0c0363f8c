"""Transactions whose loss in a power cut would be a pity, not a broken promise.

A turn in the history may go with the last moments before the power did; an uploaded
document may not. Nothing is ever torn: only the wait for the disk is left out, which
costs 5 ms a transaction on an ordinary SSD, against 0.1 without it.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO

from django.db import connection, transaction

_one_writer = threading.Lock()


@contextmanager
def relaxed() -> Iterator[None]:
    """One transaction that returns before it is on disk; inside another, that one decides."""
    if connection.in_atomic_block:
        yield
        return
    if connection.vendor == "sqlite":
        with _in_line(), _synchronous_normal(), transaction.atomic():
            yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
        yield


@contextmanager
def _in_line() -> Iterator[None]:
    """SQLite has one writer at a time and lets the others sleep by guess, up to a tenth of a second each time: our
    own threads and processes are woken by whoever has written instead."""
    with _one_writer:
        line = _line(str(connection.settings_dict["NAME"]), os.getpid())
        fcntl.flock(line, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(line, fcntl.LOCK_UN)


@cache
def _line(database: str, pid: int) -> IO[bytes]:
    """A file that only serves to be locked; one a process, as a forked child would share its parent's lock."""
    is_file = "memory" not in database  # a test's own is nobody else's
    return Path(f"{database}-line" if is_file else os.devnull).open("wb")


@contextmanager
def _synchronous_normal() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=NORMAL")
        try:
            yield
        finally:
            cursor.execute("PRAGMA synchronous=FULL")
