"""Redis behind a breaker: once it fails, nobody waits for it again until it answers a ping.

What cannot be reached holds nothing: reads are misses and writes are dropped. Only
`incr`, whose caller needs a number, says so, by raising CacheAway.
"""

import os
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache
from orjson import JSONDecodeError
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

log = structlog.get_logger(__name__)

_PING_EVERY_S = 0.5
_T = TypeVar("_T")


class CacheAway(Exception):
    """There is no shared cache just now; count for yourself."""


class Breaker:
    """Open while the server is away; a thread of its own pings, so that no request pays for the trial."""

    def __init__(self, ping: Callable[[], object], *, every_s: float = _PING_EVERY_S) -> None:
        self._ping, self._every_s = ping, every_s
        self._lock = threading.Lock()
        self._tripped_in = 0  # the process whose thread pings; a forked child finds out for itself

    @property
    def is_open(self) -> bool:
        return self._tripped_in == os.getpid()

    def trip(self) -> None:
        with self._lock:
            if self.is_open:
                return
            self._tripped_in = os.getpid()
        log.warning("redis_unreachable")
        threading.Thread(target=self._wait_for_it, name="redis-breaker", daemon=True).start()

    def _wait_for_it(self) -> None:
        while True:
            time.sleep(self._every_s)
            try:
                self._ping()
            except (RedisError, OSError, ValueError):  # the last one: whoever answers there does not speak its protocol
                continue
            self._tripped_in = 0
            log.info("redis_back")
            return


_breakers: dict[str, Breaker] = {}
_breakers_lock = threading.Lock()


def breaker_of(url: str) -> Breaker:
    """One breaker a server and process, however many threads have a connection of their own."""

    def ping() -> None:
        with Redis.from_url(url, socket_timeout=0.2, socket_connect_timeout=0.2, retry=None) as server:
            server.ping()

    with _breakers_lock:
        return _breakers.setdefault(url, Breaker(ping))


class GuardedRedisCache(RedisCache):
    """Django's Redis cache, each call through the breaker; a broken value is a miss."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:  # Any: Django's own annotation
        super().__init__(server, params)
        self._breaker = breaker_of(server)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:  # Any: any value
        return self._guarded(lambda: super(GuardedRedisCache, self).get(key, default, version), default)

    def get_many(self, keys: Any, version: int | None = None) -> dict[Any, Any]:  # Any: Django's own annotation
        return self._guarded(lambda: super(GuardedRedisCache, self).get_many(keys, version), {})

    def has_key(self, key: str, version: int | None = None) -> bool:
        return self._guarded(lambda: super(GuardedRedisCache, self).has_key(key, version), False)

    def set(
        self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:  # Any: any value
        self._guarded(lambda: super(GuardedRedisCache, self).set(key, value, timeout, version), None)

    def set_many(
        self, data: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[Any]:  # Any: Django's own annotation
        return self._guarded(lambda: super(GuardedRedisCache, self).set_many(data, timeout, version), list(data))

    def add(
        self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:  # Any: any value
        return self._guarded(lambda: super(GuardedRedisCache, self).add(key, value, timeout, version), False)

    def touch(self, key: str, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._guarded(lambda: super(GuardedRedisCache, self).touch(key, timeout, version), False)

    def delete(self, key: str, version: int | None = None) -> bool:
        return self._guarded(lambda: super(GuardedRedisCache, self).delete(key, version), False)

    def delete_many(self, keys: Any, version: int | None = None) -> None:  # Any: Django's own annotation
        self._guarded(lambda: super(GuardedRedisCache, self).delete_many(keys, version), None)

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        number = self._guarded(lambda: super(GuardedRedisCache, self).incr(key, delta, version), None)
        if number is None:
            raise CacheAway
        return number

    def _guarded(self, call: Callable[[], _T], otherwise: _T) -> _T:
        if self._breaker.is_open:
            return otherwise
        try:
            return call()
        except (RedisConnectionError, RedisTimeoutError, OSError):
            self._breaker.trip()
        except (RedisError, JSONDecodeError) as error:  # a value of another kind under our key, or a broken one
            log.warning("redis_value_unusable", error=type(error).__name__)
        return otherwise
