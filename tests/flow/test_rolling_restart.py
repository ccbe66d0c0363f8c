"""The web workers are replaced while people ask (SIGHUP): nobody is refused, and every stream comes to its end."""

import signal
import sys
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Self

import pytest

from .asking import ask, open_stream
from .servers import wait_for
from .site import Site, running_site

pytestmark = [pytest.mark.slow]

ASKERS = 3
# no measuring of arithmetics, and nobody gives up because the machine does much else
PATIENT = {"KBQA_QUANTIZATION": "fp32", "KBQA_DEADLINE_S": "60", "KBQA_MAX_WAIT_S": "60", "KBQA_ASKS_A_MINUTE": "0"}
_numbers = count()


def as_the_product_does(port: int) -> list[str]:
    return [sys.executable, "manage.py", "up", "--only", "web", "--port", str(port), "--threads", "16"]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with running_site(tmp_path, threads=16, served_by=as_the_product_does, **PATIENT) as up:
        yield up


class Crowd:
    """People who ask and a reader of streams, until told to stop; what went wrong is kept."""

    def __init__(self, site: Site) -> None:
        self.site, self.wrong, self.num_answered, self.num_streamed = site, list[str](), 0, 0
        self._over = threading.Event()
        acts = [self._ask] * ASKERS + [self._read_along]
        self._threads = [threading.Thread(target=self._keep_on, args=(act,)) for act in acts]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *why: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(60)

    def _keep_on(self, act) -> None:
        while not self._over.is_set():
            try:
                act()
            except OSError as error:  # refused, reset, or never answered
                self.wrong.append(repr(error))

    def _ask(self) -> None:
        reply = ask(self.site, f"When was oak {next(_numbers)} of Harrow Wood planted?")
        if reply.status == 200:
            self.num_answered += 1
        elif reply.status != 503 or "retry-after" not in reply.headers:
            self.wrong.append(f"{reply.status} {reply.body}")

    def _read_along(self) -> None:
        connection = open_stream(self.site, f"When is the lock at Aston closed in year {next(_numbers)}?")
        heard = b"".join(iter(lambda: connection.recv(65536), b""))
        connection.close()
        self.num_streamed += 1
        is_refused = b"HTTP/1.1 503" in heard and b"retry-after" in heard.lower()
        if not is_refused and b"event: done" not in heard and b"event: failed" not in heard:
            self.wrong.append(f"a stream without an end: {heard[-300:]!r}")


def test_nobody_notices_that_the_web_workers_are_replaced(site: Site):
    (first,) = workers_of(site)
    with Crowd(site) as crowd:
        wait_for(lambda: crowd.num_answered > 5, seconds=60, why="questions are answered")
        site.process.send_signal(signal.SIGHUP)
        wait_for(lambda: first not in workers_of(site), seconds=90, why="the old worker is gone")
        so_far, streams = crowd.num_answered, crowd.num_streamed
        wait_for(lambda: crowd.num_answered > so_far + 5, seconds=120, why="the new worker answers")
        wait_for(lambda: crowd.num_streamed > streams, seconds=60, why="the new worker streams")

    assert crowd.wrong == []
    assert len(workers_of(site)) == 1


def workers_of(site: Site) -> list[int]:
    """The processes that serve, old and new."""
    children = Path(f"/proc/{site.process.pid}/task/{site.process.pid}/children").read_text().split()
    return [int(pid) for pid in children if b"spawn_main" in _command_of(pid) or b"granian" in _command_of(pid)]


def _command_of(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
