"""A web worker that is told to go sends newcomers to another for a second, and only then stops as granian does.

Each of granian's workers listens for itself at the one address (SO_REUSEPORT), and the kernel shares out who comes.
A worker that stops at once resets who waits for it and who has not said a word yet. The invariant: what is not found
as expected here (the system, the listener, granian's handler) leaves granian's own behaviour as it is.
"""

import ctypes
import multiprocessing
import os
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from types import FrameType
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_SO_ATTACH_REUSEPORT_CBPF = 51  # Linux 4.5; Python has no name for it
_RETURN = 0x06  # BPF_RET | BPF_K: a program of one instruction, which answers a constant
_NOBODY = 0xFFFFFFFF  # no listener has that number, so the kernel shares out as without a program
_LOOK_EVERY_S = 0.05
_LOOK_FOR_S = 60.0


class Draining:
    """WSGI middleware: replies say ``Connection: close`` once the worker is to go, ``pause_s`` before it does."""

    def __init__(self, application: WSGIApplication, *, workers: int, pause_s: float = 1.0) -> None:
        self.application = application
        self.newest = workers  # listeners are numbered from 0: only where one is being replaced is there this one
        self.pause_s = pause_s
        self.has_begun = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: object) -> Callable[[bytes], object]:
            told = [*headers, ("Connection", "close")] if self.has_begun else headers
            return start_response(status, told, *error)  # type: ignore[arg-type]  # as it was handed to us

        return self.application(environ, start)

    def prepare(self) -> None:
        """To be called while a worker loads; granian sets its handler of SIGTERM later, and it runs in this thread."""
        is_main = threading.current_thread() is threading.main_thread()
        if sys.platform == "linux" and is_main and multiprocessing.parent_process():
            before = signal.getsignal(signal.SIGTERM)
            signal.signal(signal.SIGUSR1, self._stand_before)
            threading.Thread(target=self._await_server, args=(before,), daemon=True).start()

    def _await_server(self, before: object) -> None:
        """Handlers are set in the main thread alone, which now waits in granian: a signal to it brings ours in."""
        for _ in range(round(_LOOK_FOR_S / _LOOK_EVERY_S)):
            if signal.getsignal(signal.SIGTERM) != before and prefer(_NOBODY):
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)
                return
            time.sleep(_LOOK_EVERY_S)

    def _stand_before(self, number: int, frame: FrameType | None) -> None:
        stop = signal.getsignal(signal.SIGTERM)
        if callable(stop) and stop != self._begin:
            self._stop = stop
            signal.signal(signal.SIGTERM, self._begin)

    def _begin(self, number: int, frame: FrameType | None) -> None:
        if not self.has_begun:
            self.has_begun = True
            prefer(self.newest)
            timer = threading.Timer(self.pause_s, self._stop, (number, None))
            timer.daemon = True
            timer.start()


def prefer(number: int) -> bool:
    """Who comes from now on goes to the listener with that number, of all at our address; False: we do not listen."""
    instruction = ctypes.create_string_buffer(struct.pack("HBBI", _RETURN, 0, 0, number))
    program = struct.pack("HL", 1, ctypes.addressof(instruction))
    have_listened = False
    for listener in _listeners():
        with suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_REUSEPORT_CBPF, program)
        have_listened = True
    return have_listened


def _listeners() -> Iterator[socket.socket]:
    """Of this process, those that share their address; looked at where they are, so that none outlives its owner."""
    for number in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # not a socket, or closed by now
            found = socket.socket(fileno=int(number))
            try:
                if found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) and _shares_its_address(found):
                    yield found
            finally:
                found.detach()


def _shares_its_address(found: socket.socket) -> bool:
    return bool(found.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT))
