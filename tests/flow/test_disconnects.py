"""Readers who go away, or may no longer ask, over real sockets: the work ends within a second, and nothing is left."""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from .asking import ask, gauge, open_stream, read_until
from .servers import manage, wait_for
from .site import Site, running_site

pytestmark = [pytest.mark.slow]

ROUNDS, AT_ONCE = 10, 5


@dataclass(frozen=True, slots=True)
class HeldSite(Site):
    """One whose engine can be held in the middle of its work: nobody is answered then, however slow the machine."""

    held: Path

    @contextmanager
    def engine_held(self) -> Iterator[None]:
        self.held.touch()
        try:
            yield
        finally:
            self.held.unlink()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HeldSite]:
    folder = tmp_path_factory.mktemp("held")
    held = folder / "held"
    served_by = "tests.flow.slow_site:application"
    with running_site(folder, threads=8, application=served_by, KBQA_TEST_HELD=str(held)) as up:
        yield HeldSite(up.url, up.key, up.environment, up.process, held)


def test_fifty_readers_who_leave_in_the_middle_free_the_engine_within_a_second(site: HeldSite):
    threads_before = gauge(site, "kbqa_process_threads")
    slowest = 0.0
    for number in range(ROUNDS):
        with site.engine_held():
            leaving = [
                open_stream(site, f"When was oak {number}-{each} planted in Harrow Wood?") for each in range(AT_ONCE)
            ]
            for connection in leaving:
                read_until(connection, b"\n\n")

            for connection in leaving:
                connection.close()
            left = time.perf_counter()
            wait_for(
                lambda: not gauge(site, "kbqa_gate_running"), seconds=5, every=0.02, why="the engine's slots are free"
            )
            slowest = max(slowest, time.perf_counter() - left)

    assert slowest < 1.0
    wait_for(lambda: not gauge(site, "kbqa_engine_requests_waiting"), seconds=5, why="the engine has no more to do")
    assert gauge(site, "kbqa_process_threads") <= threads_before + 64  # the reading threads, which stay
    states = manage(
        *("shell", "-v", "0", "-c"),
        "from kbqa.answers.models import Answer;"
        "print(*Answer.objects.filter(question__contains='oak ').exclude(question__contains='oldest')"
        ".values_list('state', flat=True))",
        environment=site.environment,
    ).split()
    assert states == ["aborted"] * (ROUNDS * AT_ONCE)


def test_whoever_stays_is_answered_although_the_first_to_ask_left(site: HeldSite):
    question = "When was the oldest oak in Harrow Wood planted?"
    with site.engine_held():
        first, second = open_stream(site, question), open_stream(site, question)
        read_until(first, b"\n\n")
        first.close()

    heard = read_until(second, b"event: done")

    assert b"1641" in heard
    second.close()


def test_a_key_revoked_ends_a_tool_call_that_is_under_way(site: HeldSite):
    question = "When does the River Wendle flood most often?"
    key = manage("issue_key", "--name", "assistant", environment=site.environment).split()[-1]
    with ThreadPoolExecutor() as pool, site.engine_held():
        call = pool.submit(tool_called, site, key, question)
        wait_for(lambda: gauge(site, "kbqa_gate_running"), seconds=5, every=0.02, why="the question is being answered")

        with closing(sqlite3.connect(Path(site.environment["KBQA_DATA_DIR"]) / "kbqa.sqlite3", timeout=10)) as database:
            database.execute("update accounts_apikey set revoked_at = datetime('now') where name = 'assistant'")
            database.commit()
        revoked = time.perf_counter()
        answered = call.result(timeout=30)

    assert time.perf_counter() - revoked < 2.5  # a second, and what a busy machine adds; the engine is held
    said = answered.json()["result"]
    assert said["isError"]
    assert "the key was revoked" in said["content"][0]["text"]
    assert "March" not in str(said)
    assert tool_called(site, key, question).status_code == 401


def tool_called(site: Site, key: str, question: str) -> httpx2.Response:
    call = {"name": "ask", "arguments": {"question": question}}
    return httpx2.post(
        f"{site.url}/mcp",
        json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call},
        headers={"Authorization": f"Bearer {key}", "Accept": "application/json, text/event-stream"},
        timeout=60,
    )


def test_the_site_answers_as_before(site: Site):
    reply = ask(site, "When is the lock at Aston closed?", deadline_s=30)

    assert reply.status == 200
    assert "December to February" in reply.body["citations"][0]["quote"]
