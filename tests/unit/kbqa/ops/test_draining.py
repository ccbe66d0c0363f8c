"""Newcomers go where they are sent, replies say when to come back elsewhere, and only granian's workers are touched."""

import signal
import socket
import sys
from collections.abc import Iterator

import pytest

from kbqa.ops.draining import Draining, prefer

NOBODY, ANY_NUMBER, CALLERS = 0xFFFFFFFF, 7, 40

linux = pytest.mark.skipif(sys.platform != "linux", reason="how other systems share out connections is left as it is")


@pytest.fixture
def listeners() -> Iterator[list[socket.socket]]:
    """Two at one address, as two of granian's workers have them, the newer last."""
    with socket.socket() as old, socket.socket() as new:
        for listener in (old, new):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            listener.bind(old.getsockname() if listener is new else ("127.0.0.1", 0))
            listener.listen(CALLERS)
            listener.setblocking(False)
        yield [old, new]


@linux
@pytest.mark.parametrize("number", [0, 1])
def test_all_go_to_the_preferred_listener(listeners: list[socket.socket], number: int) -> None:
    assert prefer(number)

    come(listeners[0])

    assert [num_waiting(listener) for listener in listeners] == [CALLERS * (number == 0), CALLERS * (number == 1)]


@linux
@pytest.mark.parametrize("number", [2, ANY_NUMBER, NOBODY])
def test_a_number_that_nobody_has_leaves_the_sharing_as_it_was(listeners: list[socket.socket], number: int) -> None:
    assert prefer(0)
    assert prefer(number)

    come(listeners[0])

    assert all(num_waiting(listener) for listener in listeners)


@linux
def test_the_sharing_is_as_it_was_once_the_old_listener_is_closed(listeners: list[socket.socket]) -> None:
    old, new = listeners
    assert prefer(1)
    old.close()

    come(new)

    assert num_waiting(new) == CALLERS


@linux
def test_who_listens_alone_has_nobody_to_send_others_to() -> None:
    with socket.create_server(("127.0.0.1", 0)):
        assert not prefer(0)


def test_replies_say_that_the_connection_ends_once_the_worker_is_to_go() -> None:
    site = Draining(application, workers=1)
    assert headers_of(site) == [("X-Page", "whole")]

    site.has_begun = True

    assert headers_of(site) == [("X-Page", "whole"), ("Connection", "close")]


def test_a_process_that_is_nobody_s_worker_keeps_its_signals() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGUSR1)]

    Draining(application, workers=1).prepare()

    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGUSR1)] == before


def application(environ, start_response):
    start_response("200 OK", [("X-Page", "whole")])
    return [b"page"]


def headers_of(site: Draining) -> list[tuple[str, str]]:
    seen: list[tuple[str, str]] = []
    assert site({}, lambda status, headers, *error: seen.extend(headers)) == [b"page"]  # type: ignore[arg-type,func-returns-value,return-value]  # as servers do
    return seen


def come(listener: socket.socket) -> None:
    for _ in range(CALLERS):
        socket.create_connection(listener.getsockname()).close()


def num_waiting(listener: socket.socket) -> int:
    for number in range(CALLERS + 1):
        try:
            listener.accept()[0].close()
        except BlockingIOError:
            return number
    raise AssertionError("more than have come")
