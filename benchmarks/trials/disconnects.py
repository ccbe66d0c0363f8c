"""A thousand readers leave in the middle of an answer: the engine is free within a second, and nothing is left."""

import random
import time
from pathlib import Path

from locustfiles.judge import Check, at_most
from locustfiles.questions import documents, fresh
from tests.flow.asking import ask, gauge, open_stream
from tests.flow.servers import manage, wait_for
from tests.flow.site import Site, running_site

_READERS, _AT_ONCE = 1000, 20
_PATIENCE_S = 30.0
_STILL_RUNNING = "from kbqa.answers.models import Answer; print(Answer.objects.filter(state='running').count())"


def trial(folder: Path, *, seconds: float) -> list[Check]:
    """As many as ``seconds`` allow, up to a thousand."""
    settings = {"KBQA_ASKS_A_MINUTE": "0", "KBQA_LOG_LEVEL": "WARNING", "KBQA_MAX_WAIT_S": "60"}
    with running_site(folder, documents=documents(), threads=64, **settings) as site:
        chosen, slowest, left = random.Random(19), 0.0, 0
        _leave(site, chosen)  # loads what is loaded once, and begins the threads that stay
        threads, until = gauge(site, "kbqa_process_threads"), time.monotonic() + seconds
        while left < _READERS and time.monotonic() < until:
            slowest, left = max(slowest, _leave(site, chosen)), left + _AT_ONCE
        more = gauge(site, "kbqa_process_threads") - threads
        answered = ask(site, fresh(chosen), deadline_s=60).status == 200
        running = int(manage("shell", "-v", "0", "-c", _STILL_RUNNING, environment=site.environment))
    return [
        at_most("disconnects: seconds until the engine is free", round(slowest, 2), 1) | {"readers": left},
        at_most("disconnects: threads more than before", more, 0),
        at_most("disconnects: turns that never ended", running, 0),
        at_most("disconnects: questions not answered afterwards", int(not answered), 0),
    ]


def _leave(site: Site, chosen: random.Random) -> float:
    """Readers who come together, hear the beginning and go; how long the engine then has work for them."""
    reading = [open_stream(site, fresh(chosen)) for _ in range(_AT_ONCE)]
    for connection in reading:
        connection.recv(1)
    for connection in reading:
        connection.close()
    began = time.monotonic()
    wait_for(lambda: not gauge(site, "kbqa_gate_running"), seconds=_PATIENCE_S, every=0.05, why="the engine is free")
    return time.monotonic() - began
