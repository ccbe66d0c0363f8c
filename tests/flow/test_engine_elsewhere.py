"""The engine in a process of its own: answers come through it, and while it is dead nobody hears more than *busy*."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from inference.rpc.address import Address
from tests.remote import socket_address

from .asking import Reply, ask, gauge
from .servers import ROOT, wait_for
from .site import Site, running_site

pytestmark = [pytest.mark.slow]

_numbers = count()


class EngineProcess:
    """`python -m inference`, which may be killed and started again."""

    def __init__(self, address: Address, log: Path) -> None:
        self.command = [sys.executable, "-m", "inference", "--listen", str(address), "--quantization", "fp32"]
        self.address, self.log = address, log
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, cwd=ROOT, stdout=self.log.open("a"), stderr=subprocess.STDOUT)
        wait_for(self._listens, seconds=60, why="the engine listens")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(30)

    def _listens(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return "serving on" in self.log.read_text().rpartition("---")[2]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EngineProcess]:
    with socket_address() as address:
        running = EngineProcess(address, tmp_path / "engine.log")
        yield running
        if running.process.poll() is None:
            running.stop()


@pytest.fixture
def site(tmp_path: Path, engine: EngineProcess) -> Iterator[Site]:
    with running_site(tmp_path, threads=8, KBQA_ENGINE_URL=str(engine.address)) as up:
        yield up


def test_an_engine_that_is_killed_and_comes_back(site: Site, engine: EngineProcess):
    """One site, four acts: starting a site is what takes long."""
    assert_answers_come_through_it(site)
    assert_its_death_is_told_as_busy_and_nothing_else(site, engine)
    assert_it_is_found_again(site, engine)
    assert_it_finishes_what_runs_when_told_to_stop(engine)


def assert_answers_come_through_it(site: Site) -> None:
    reply = ask(site, "When was the oldest oak in Harrow Wood planted?")

    assert reply.status == 200
    assert "1641" in reply.body["answer"]
    assert reply.body["citations"]
    assert gauge(site, "kbqa_engine_rows_total") > 0
    assert "libtorch" not in Path(f"/proc/{_web_process(site)}/maps").read_text()


def assert_its_death_is_told_as_busy_and_nothing_else(site: Site, engine: EngineProcess) -> None:
    with ThreadPoolExecutor(6) as crowd:
        asked = [crowd.submit(_ask_anew, site) for _ in range(6)]
        time.sleep(0.2)
        engine.kill()
        in_between = [each.result() for each in asked]
        afterwards = list(crowd.map(lambda _: _ask_anew(site), range(12)))

    assert {reply.status for reply in in_between} <= {200, 503}
    assert {reply.status for reply in afterwards} == {503}
    refused = [reply for reply in [*in_between, *afterwards] if reply.status == 503]
    assert all(int(reply.headers["retry-after"]) >= 1 and reply.body["code"] == "busy" for reply in refused)
    assert max(reply.seconds for reply in afterwards) < 9  # nobody waits for the deadline of ten seconds
    assert gauge(site, "kbqa_process_threads") > 0  # the rest is told as ever


def assert_it_is_found_again(site: Site, engine: EngineProcess) -> None:
    with engine.log.open("a") as log:
        log.write("---\n")
    engine.start()

    wait_for(lambda: _ask_anew(site).status == 200, seconds=60, every=0.2, why="questions are answered again")


def assert_it_finishes_what_runs_when_told_to_stop(engine: EngineProcess) -> None:
    assert engine.stop() == 0


def _ask_anew(site: Site) -> Reply:
    """A question nobody has asked, which no cache can answer."""
    return ask(site, f"How often does the River Wendle flood in year {next(_numbers)}?")


def _web_process(site: Site) -> int:
    """The child that serves; its parent only minds it."""
    children = Path(f"/proc/{site.process.pid}/task/{site.process.pid}/children").read_text().split()
    assert children, os.listdir(f"/proc/{site.process.pid}")
    return int(children[0])
