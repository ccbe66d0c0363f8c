"""How often one asker may ask: so many a minute, counted by the shared cache, atomically for all processes.

Fixed windows of a minute. Without a shared cache each process counts for itself: a
limit that is too generous for a while, never an answer refused because Redis is away.
"""

import threading
import time
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from kbqa.errors import TooMany
from kbqa.metrics import REFUSED

WINDOW_S = 60


@dataclass(frozen=True, slots=True)
class Rate:
    """How much of an asker's minute is used, and what the RateLimit headers say of it."""

    limit: int
    used: int
    reset_s: int

    @property
    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(0, self.limit - self.used)),
            "RateLimit-Reset": str(self.reset_s),
            "RateLimit-Policy": f"{self.limit};w={WINDOW_S}",
        }


class _Local:
    """This process's own counts, for the current window alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._window, self._counts = 0, dict[str, int]()

    def incr(self, asker: str, window: int) -> int:
        with self._lock:
            if window != self._window:
                self._window, self._counts = window, {}
            self._counts[asker] = self._counts.get(asker, 0) + 1
            return self._counts[asker]


_local = _Local()


def request_spend(request: HttpRequest, *askers: str, now: float | None = None) -> None:
    """Count one question under each name; TooMany beyond the limit. What is left is noted on the request."""
    limit, at = settings.ASKS_A_MINUTE, time.time() if now is None else now
    if not limit:
        return
    window, reset_s = int(at // WINDOW_S), max(1, round(WINDOW_S - at % WINDOW_S))
    rate = Rate(limit, max(_count(asker, window) for asker in askers), reset_s)
    request.rate = rate  # type: ignore[attr-defined]  # for RateHeaders
    if rate.used > limit:
        REFUSED.labels("rate").inc()
        raise TooMany(f"At most {limit:,} questions a minute; try again in {reset_s} s.", retry_after_s=reset_s)


def _count(asker: str, window: int) -> int:
    key = f"rate:{asker}:{window}"
    try:
        cache.add(key, 0, 2 * WINDOW_S)
        return cache.incr(key)
    except Exception:  # whatever a cache may raise, we can count ourselves
        return _local.incr(asker, window)
