"""The shared cache where no Redis is named: one SQLite file that all processes of this machine see.

JSON, never pickle. Nothing here is the truth: it is written without waiting for the disk, and
a file that breaks is removed and begun again. As with Redis, what cannot be reached holds
nothing, and a broken value is a miss; `incr`, whose caller needs a number, raises ValueError.
"""

import os
import random
import sqlite3
import time
from pathlib import Path
from typing import Any

import structlog
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from orjson import JSONDecodeError

from .cache_json import JsonSerializer

log = structlog.get_logger(__name__)

_SCHEMA = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=OFF;
CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, value BLOB NOT NULL, expires REAL);
CREATE INDEX IF NOT EXISTS kept_expires ON kept (expires);
"""
_GET = "SELECT value FROM kept WHERE key = ? AND (expires IS NULL OR expires > ?)"
_PUT = "INSERT OR REPLACE INTO kept VALUES (?, ?, ?)"
_ADD = """
INSERT INTO kept VALUES (?, ?, ?) ON CONFLICT (key)
DO UPDATE SET value = excluded.value, expires = excluded.expires WHERE kept.expires <= ? RETURNING 1
"""
_TOUCH = "UPDATE kept SET expires = ? WHERE key = ? AND (expires IS NULL OR expires > ?) RETURNING 1"
_DELETE = "DELETE FROM kept WHERE key = ? RETURNING 1"
_COUNT_ON = """
UPDATE kept SET value = value + ?
WHERE key = ? AND typeof(value) = 'integer' AND (expires IS NULL OR expires > ?) RETURNING value
"""
_DROP_EXPIRED = "DELETE FROM kept WHERE expires <= ?"
_DROP_OVER = """
DELETE FROM kept WHERE key IN
(SELECT key FROM kept ORDER BY expires IS NULL, expires LIMIT max(0, (SELECT count(*) FROM kept) - ?))
"""
_CULL_ONE_IN = 500


class EmbeddedCache(BaseCache):
    """Django's cache over SQLite; an instance a thread, as Django makes them."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:  # Any: Django's own annotation
        super().__init__(params)
        self._path = Path(location)
        self._json = JsonSerializer()
        self._connection: sqlite3.Connection | None = None
        self._pid = 0

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:  # Any: any value
        found = self._run(_GET, self.make_and_validate_key(key, version=version), time.time())
        try:
            return self._json.loads(found[0]) if found else default
        except JSONDecodeError:
            return default

    def set(
        self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:  # Any: any value
        self._run(_PUT, self.make_and_validate_key(key, version=version), self._json.dumps(value), self._until(timeout))
        if random.randrange(_CULL_ONE_IN) == 0:  # noqa: S311  # when to tidy is no secret
            self.cull()

    def add(
        self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:  # Any: any value
        made = self.make_and_validate_key(key, version=version)
        return bool(self._run(_ADD, made, self._json.dumps(value), self._until(timeout), time.time()))

    def touch(self, key: str, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        made = self.make_and_validate_key(key, version=version)
        return bool(self._run(_TOUCH, self._until(timeout), made, time.time()))

    def delete(self, key: str, version: int | None = None) -> bool:
        return bool(self._run(_DELETE, self.make_and_validate_key(key, version)))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Atomic over all processes; ValueError for what is absent or is no whole number."""
        found = self._run(_COUNT_ON, delta, self.make_and_validate_key(key, version=version), time.time())
        if found is None:
            raise ValueError(f"Key {key!r} not found, or not a number")
        return int(found[0])

    def clear(self) -> None:
        self._run("DELETE FROM kept")

    def cull(self) -> None:
        """Drop what has expired, and of the rest what is over the limit, soonest to expire first."""
        self._run(_DROP_EXPIRED, time.time())
        self._run(_DROP_OVER, self._max_entries)

    def close(self, **kwargs: object) -> None:
        """Kept open between requests."""

    def _until(self, timeout: float | None) -> float | None:
        """As Django has it: absent is the default, None is for ever, nothing or less is past already."""
        return self.get_backend_timeout(timeout)

    def _run(self, statement: str, *values: object) -> tuple[Any, ...] | None:  # Any: SQLite's own values
        try:
            found: tuple[Any, ...] | None = self._open().execute(statement, values).fetchone()
        except sqlite3.OperationalError as error:  # busy beyond the wait, or its disk is full
            log.warning("cache_unusable", error=str(error))
            return None
        except sqlite3.DatabaseError:
            self._begin_again()
            return None
        return found

    def _open(self) -> sqlite3.Connection:
        """This process's connection: one from before a fork is never used after it."""
        if self._connection is None or self._pid != os.getpid():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            opened = sqlite3.connect(self._path, timeout=0.5, isolation_level=None, check_same_thread=False)
            opened.executescript(_SCHEMA)
            self._connection, self._pid = opened, os.getpid()
        return self._connection

    def _begin_again(self) -> None:
        self._connection = None
        for path in (self._path, *self._path.parent.glob(f"{self._path.name}-*")):
            path.unlink(missing_ok=True)
