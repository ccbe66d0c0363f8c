"""A worker of granian's that is replaced resets nobody: not who has only connected, not who asks again and again."""

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from .servers import ROOT, free_port, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="elsewhere as granian does it")]

REPLACED_AFTER_S = 2


@dataclass(slots=True)
class Server:
    process: "subprocess.Popen[bytes]"
    port: int
    served_by: set[bytes] = field(default_factory=set)
    num_told_to_close: int = 0

    def connection(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.connect()
        return connection

    def ask(self, connection: http.client.HTTPConnection) -> None:
        connection.request("GET", "/")
        reply = connection.getresponse()
        self.served_by.add(reply.read())
        self.num_told_to_close += reply.headers["Connection"] == "close"


@contextmanager
def server(*, workers: int) -> Iterator[Server]:
    port = free_port()
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "tests.flow.leaving_site:application", "--no-ws"),
        *("--host", "127.0.0.1", "--port", str(port), "--blocking-threads", "8", "--workers", str(workers)),
        *("--respawn-interval", str(REPLACED_AFTER_S), "--workers-kill-timeout", "16", "--log-level", "error"),
    ]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "WORKERS": str(workers)})
    up = Server(process, port)
    try:
        wait_for(lambda: _answers(up), seconds=30, why="granian answers")
        time.sleep(0.5)  # until every worker's handler is in place
        up.served_by.clear()
        yield up
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.parametrize("workers", [1, 2])
def test_nobody_is_reset_while_workers_are_replaced(workers: int):
    with server(workers=workers) as up, crowd([_thinks_first] * 40 + [_asks_on] * 4, up) as wrong:
        wait_for(lambda: len(up.served_by) == workers, seconds=20, why="every worker answers")
        up.process.send_signal(signal.SIGHUP)
        wait_for(lambda: len(up.served_by) == 2 * workers, seconds=40, why="every new worker answers")
        time.sleep(REPLACED_AFTER_S + 2)  # the last old one is gone

    assert wrong == []
    assert up.num_told_to_close


def test_a_page_that_is_being_written_is_written_to_its_end():
    with server(workers=1) as up:
        connection = up.connection()
        connection.request("GET", "/slow")
        page = connection.getresponse()  # has begun
        up.process.send_signal(signal.SIGHUP)

        assert page.read().endswith(b"end")


def test_a_server_that_stops_answers_who_is_connected():
    with server(workers=1) as up:
        connection = up.connection()
        up.process.terminate()
        time.sleep(0.3)

        up.ask(connection)

        assert up.num_told_to_close == 1
        assert up.process.wait(10) == 0


def _answers(up: Server) -> bool:
    try:
        up.ask(up.connection())
    except OSError:
        return False
    return True


def _thinks_first(up: Server, over: threading.Event) -> None:
    """Connects, and says what it wants only half a second later."""
    while not over.is_set():
        connection = up.connection()
        time.sleep(0.5)
        up.ask(connection)
        connection.close()


def _asks_on(up: Server, over: threading.Event) -> None:
    """On one connection, until told that it ends (http.client then opens another)."""
    connection = up.connection()
    while not over.is_set():
        up.ask(connection)
        time.sleep(0.05)
    connection.close()


@contextmanager
def crowd(acts: list[Callable[[Server, threading.Event], None]], up: Server) -> Iterator[list[str]]:
    """Each act in a thread of its own; what went wrong is gathered at the end."""
    wrong, over = list[str](), threading.Event()
    with ThreadPoolExecutor(len(acts)) as people:
        doing = [people.submit(act, up, over) for act in acts]
        try:
            yield wrong
        finally:
            over.set()
            wrong += [repr(each.exception()) for each in doing if each.exception()]
