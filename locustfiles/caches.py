"""How often a cache answered: the site's own counts, now and as they grow."""

import threading
import time

from tests.flow.asking import metrics_text
from tests.flow.site import Site

Levels = dict[str, float]
_EVERY_S = 5.0


def cache_levels(site: Site) -> Levels:
    """Lookups by the level that answered them; `none` is where no cache did."""
    found: Levels = {}
    for line in metrics_text(site).splitlines():
        if line.startswith("kbqa_answer_cache_lookups_total{"):
            name = line.split('level="')[1].split('"')[0]
            found[name] = found.get(name, 0.0) + float(line.rsplit(" ", 1)[1])
    return found


def hit_rate(levels: Levels) -> float:
    asked = sum(levels.values())
    return 1 - levels.get("none", 0.0) / asked if asked else 0.0


class Hits:
    """The share of each few seconds' questions that a cache answered, over time."""

    def __init__(self, site: Site) -> None:
        self.points: list[tuple[float, float]] = []
        self._site, self._over, self._started = site, threading.Event(), time.time()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        before: Levels = {}
        while not self._over.wait(_EVERY_S):
            try:
                now = cache_levels(self._site)
            except OSError:  # too busy to say; the next look covers it
                continue
            since = {name: count - before.get(name, 0.0) for name, count in now.items()}
            if sum(since.values()) > 0:
                self.points.append((time.time() - self._started, 100 * hit_rate(since)))
            before = now
