"""Wait for the engine without falling silent: a beat at a time, and with the power to call it off.

The work must not touch the database: it runs on a thread of its own, whose connection nobody would close.
"""

import contextvars
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from queue import Empty, SimpleQueue
from typing import TypeVar

from kbqa.engine import get_engine

from .events import Waiting
from .flight import BEAT_S

_T = TypeVar("_T")
_MAX_THREADS = 64  # more than the gate ever lets in
_ABORT_TRIES, _ABORT_PAUSE_S = 20, 0.01

_threads = ThreadPoolExecutor(_MAX_THREADS, thread_name_prefix="reading")


def patiently(work: Callable[[], _T], *, request_id: str) -> Generator[Waiting, None, _T]:
    """What ``work`` returns or raises; closing the generator aborts ``request_id`` in the engine."""
    running = _threads.submit(contextvars.copy_context().run, work)
    try:
        while not wait([running], BEAT_S).done:
            yield Waiting()
        return running.result()
    finally:
        _call_off(running, lambda: get_engine().abort(request_id))


def one_by_one(work: Callable[[], Iterator[_T]], *, abort: Callable[[], object]) -> Generator[_T | Waiting, None, None]:
    """What ``work`` yields, as it comes, or raises; closing the generator before its end calls ``abort``."""
    heard: SimpleQueue[_T | None] = SimpleQueue()

    def listen() -> None:
        try:
            for each in work():
                heard.put(each)
        finally:
            heard.put(None)

    running = _threads.submit(contextvars.copy_context().run, listen)
    try:
        while (each := _next(heard)) is not None:
            yield each
        running.result()
    finally:
        _call_off(running, abort)


def _next(heard: "SimpleQueue[_T | None]") -> "_T | Waiting | None":
    try:
        return heard.get(timeout=BEAT_S)
    except Empty:
        return Waiting()


def _call_off(running: "Future[_T]", abort: Callable[[], object]) -> None:
    """Between our first try and its last step into the engine's queue the work may be nowhere: try until it ends."""
    for _ in range(_ABORT_TRIES):
        if running.done() or running.cancel():
            return
        abort()
        wait([running], _ABORT_PAUSE_S)
