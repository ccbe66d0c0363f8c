"""Web workers and engine replaced in turn, five times, while people ask and read along: nobody is left hanging."""

import asyncio
import random
import signal
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil

from locustfiles.judge import Check, at_most
from locustfiles.questions import documents, frequent, fresh
from locustfiles.trouble import EngineProcess, engine_elsewhere
from tests.flow.servers import wait_for
from tests.flow.site import Site, running_site

from .asking import Body, answered, crowd_until, shed, wrong

_TIMES, _USERS = 5, 6


def trial(folder: Path, *, seconds: float) -> list[Check]:
    """It lasts as long as ten restarts take: a web worker is given 20 seconds to load before the old one goes."""
    settings = {"KBQA_ASKS_A_MINUTE": "0", "KBQA_LOG_LEVEL": "WARNING"}
    with engine_elsewhere(folder) as engine:
        settings["KBQA_ENGINE_URL"] = engine.url
        with (
            running_site(folder, documents=documents(), served_by=_as_the_product_does, **settings) as site,
            ThreadPoolExecutor(1) as operator,
        ):
            restarting = operator.submit(_restart, site, engine)
            told = asyncio.run(crowd_until(restarting.done, site, _question, users=_USERS))
            restarting.result()
    return [
        at_most("ten restarts: failed, and not told when to come back", len(wrong(told)), 0)
        | {"answered": len(answered(told)), "shed": len(shed(told))}
        | {f"status {status}": number for status, number in Counter(each.status for each in wrong(told)).items()},
        at_most("ten restarts: streams without an end", sum(not each.ended for each in told), 0),
    ]


def _as_the_product_does(port: int) -> list[str]:
    return [sys.executable, "manage.py", "up", "--only", "web", "--port", str(port), "--threads", "32"]


def _restart(site: Site, engine: EngineProcess) -> None:
    for _ in range(_TIMES):
        before = _workers(site)
        site.process.send_signal(signal.SIGHUP)
        wait_for(lambda old=before: not old & _workers(site), seconds=120, every=0.5, why="the web workers are new")  # type: ignore[misc]
        engine.stop()
        engine.start()


def _workers(site: Site) -> set[int]:
    """Those that serve; granian's other children are helpers of Python's, or have ended already."""
    found = set()
    for child in psutil.Process(site.process.pid).children():
        with suppress(psutil.NoSuchProcess):
            if "resource_tracker" not in " ".join(child.cmdline()):
                found.add(child.pid)
    return found


_chosen = random.Random(17)


def _question() -> Body:
    """Known, new, and read along, in turn by chance."""
    question = frequent(_chosen) if _chosen.random() < 0.5 else fresh(_chosen)
    return {"question": question, "stream": _chosen.random() < 0.5}
