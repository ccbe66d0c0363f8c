"""More than there is room for: some are answered, the rest is refused at once, health answers throughout."""

import signal
import statistics
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from .asking import ask, gauge, open_stream, read_until, total
from .servers import wait_for
from .site import Site, running_site

pytestmark = [pytest.mark.slow]

# fp32, since measuring which arithmetic is quickest takes many slow steps
SLOW = {"KBQA_TEST_STEP_S": "0.4", "KBQA_QUANTIZATION": "fp32"}

THREADS = 12


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with running_site(tmp_path, threads=THREADS, application="tests.flow.slow_site:application", **SLOW) as up:
        yield up


def test_overload_drain_and_goodbye(site: Site):
    """One site, three acts: starting a site is what takes long."""
    assert_the_surplus_is_refused_at_once(site)
    assert_the_site_is_itself_again(site)
    assert_what_has_begun_is_finished_before_the_site_stops(site)


def assert_the_surplus_is_refused_at_once(site: Site) -> None:
    over, beats = threading.Event(), []

    def watch_health() -> None:
        while not over.wait(0.05):
            started = time.perf_counter()
            with urllib.request.urlopen(f"{site.url}/health/live", timeout=10) as response:
                assert response.status == 200
            beats.append(time.perf_counter() - started)

    with ThreadPoolExecutor(50) as crowd:
        watching = crowd.submit(watch_health)
        replies = list(crowd.map(lambda n: ask(site, f"When was oak {n} planted in Harrow Wood?"), range(48)))
        over.set()
        watching.result()

    refused = [reply for reply in replies if reply.status == 503]
    assert {reply.status for reply in replies} == {200, 503}
    assert all(int(reply.headers["retry-after"]) >= 1 and reply.body["code"] == "busy" for reply in refused)
    assert len({reply.headers["retry-after"] for reply in refused}) > 1  # they do not come back together
    # 48 at once for 12 threads: 0.41 s on two quiet cores, 0.58 beside other work; the aim is 0.1
    assert statistics.median(reply.seconds for reply in refused) < 1.0
    assert max(beats) < 1.0
    assert total(site, "kbqa_refused_total") == len(refused)  # some at the door, some by the gate


def assert_the_site_is_itself_again(site: Site) -> None:
    wait_for(lambda: not gauge(site, "kbqa_gate_running"), seconds=10, why="the gate is empty")
    reply = ask(site, "When is the lock at Aston closed?")
    assert reply.status == 200
    assert reply.body["citations"]


def assert_what_has_begun_is_finished_before_the_site_stops(site: Site) -> None:
    stream = open_stream(site, "When does the River Wendle flood?")
    read_until(stream, b"\n\n")
    with ThreadPoolExecutor(1) as asker:
        whole = asker.submit(ask, site, "Who counts the rings of the oak?")
        wait_for(lambda: gauge(site, "kbqa_gate_running") >= 1, seconds=5, every=0.02, why="the question has begun")

        site.process.send_signal(signal.SIGTERM)

        assert b"event: done" in read_until(stream, b"event: done")
        assert whole.result(30).status == 200
    try:
        site.process.wait(30)
    except subprocess.TimeoutExpired:
        pytest.fail("the site did not stop")
