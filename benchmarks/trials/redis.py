"""Redis dies and comes back, falls silent and comes back, while people ask: nobody hears of it, and nobody waits.

They search for what they have searched for before, which costs little and is counted in Redis each time: without
it the same work is done, so what is added is what Redis costs by being away.
"""

import asyncio
import random
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from locustfiles.judge import Check, at_most
from locustfiles.questions import documents, frequent
from tests.flow.asking import ask
from tests.flow.proxy import Proxy
from tests.flow.servers import redis_server, wait_for
from tests.flow.site import Site, running_site

from .asking import Body, Told, at_rate, p, wrong

_PER_S = 20.0
_AIMS_MS = {"killed": 50, "silent": 150}


def trial(folder: Path, *, seconds: float) -> list[Check]:
    with ExitStack() as stack:
        port = int(urlsplit(stack.enter_context(redis_server(folder))).port or 0)
        proxy = Proxy(port)
        stack.callback(proxy.close)
        settings = {"KBQA_ASKS_A_MINUTE": "1000000", "KBQA_LOG_LEVEL": "ERROR", "KBQA_RETRIEVAL_DEADLINE_MS": "60000"}
        settings["KBQA_REDIS_URL"] = f"redis://127.0.0.1:{proxy.port}/0"
        site = stack.enter_context(running_site(folder, documents=documents(), threads=64, **settings))
        _search(site, seconds=3)  # loads what is loaded once
        wait_for(partial(_is_shared, site), seconds=60, why="an answer is kept")

        def kill() -> None:
            proxy.target = 1  # nothing listens there
            subprocess.run(
                ["redis-cli", "-p", str(port), "client", "kill", "type", "normal"],
                check=True,
                stdout=subprocess.DEVNULL,
            )

        return [
            *_act("killed", site, kill, partial(setattr, proxy, "target", port), seconds),
            *_act("silent", site, proxy.is_dark.set, proxy.is_dark.clear, seconds),
        ]


def _act(what: str, site: Site, go: Callable[[], object], come: Callable[[], object], seconds: float) -> list[Check]:
    before = _search(site, seconds=seconds / 2)
    go()
    without = _search(site, seconds=seconds / 2)
    come()
    back_at = time.monotonic()
    wait_for(partial(_is_shared, site), seconds=60, every=0.2, why="answers are shared again")
    added = p(99, without) - p(99, before)
    return [
        at_most(f"Redis {what}: added p99, ms", round(added, 1), _AIMS_MS[what]) | {"p99_ms": round(p(99, before), 1)},
        at_most(f"Redis {what}: replies that are no answers", len(wrong(before)) + len(wrong(without)), 0),
        at_most(f"Redis {what}: seconds until it is used again", round(time.monotonic() - back_at, 1), 10),
    ]


_chosen = random.Random(13)
_KNOWN = "What did the gauge at post 7 read on the day of the great flood?"


def _search(site: Site, *, seconds: float) -> list[Told]:
    def question() -> Body:
        return {"question": frequent(_chosen)}

    return asyncio.run(at_rate(site, question, per_s=_PER_S, seconds=seconds, path="/api/v1/search"))


def _is_shared(site: Site) -> bool:
    """Whether what was kept in Redis before is found there."""
    return bool(ask(site, _KNOWN, deadline_s=60).body.get("cached"))
