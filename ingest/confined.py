"""Files of strangers are opened in a process of its own, so that a bad one harms nothing but itself.

The child is a fresh interpreter in its own process group and an empty working folder,
without our environment. It gets one request as JSON and answers in lines; it is killed
with its group when it is out of time, or nobody wants its answer any more.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import ingest

_POLL_S = 0.2
Child = subprocess.Popen[bytes]


class Cancelled(Exception):
    """Nobody wants the answer any more; the child is gone."""


class OutOfTime(Exception):
    """The child was silent until its time was over."""


@contextmanager
def confined(module: str, request: Mapping[str, Any]) -> Iterator[Child]:  # Any: JSON
    """The running ``python -m module``, dead with its whole group when the block is left."""
    with tempfile.TemporaryDirectory(prefix="kbqa-") as folder:
        child = subprocess.Popen(
            [sys.executable, "-s", "-B", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=environment(folder),
            start_new_session=True,
        )
        try:
            assert child.stdin
            with suppress(BrokenPipeError), child.stdin as pipe:
                pipe.write(json.dumps(request).encode())
            yield child
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            for stream in (child.stdout, child.stderr):
                if stream:
                    stream.close()


def listen(
    child: Child,
    *,
    hear: Callable[[bytes], None],
    hear_log: Callable[[bytes], None],
    due: Callable[[], float],
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Read both pipes until the child closes them and ends.

    ``due`` says, by the monotonic clock, when its time is over: then OutOfTime. Raises
    Cancelled within a fifth of a second of ``cancelled()`` turning true.
    """
    assert child.stdout
    assert child.stderr
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ, hear)
        selector.register(child.stderr, selectors.EVENT_READ, hear_log)
        while selector.get_map() or child.poll() is None:
            if cancelled and cancelled():
                raise Cancelled
            if time.monotonic() > due():
                raise OutOfTime
            for key, _ in selector.select(_POLL_S if selector.get_map() else 0.01):
                received = os.read(key.fd, 1 << 20)
                if received:
                    key.data(received)
                else:
                    selector.unregister(key.fileobj)


def environment(folder: str) -> dict[str, str]:
    """No keys, no addresses: only what Python needs to start and to find us."""
    root = str(Path(ingest.__file__).resolve().parents[1])
    return {
        "PYTHONPATH": root,
        "PATH": os.defpath,
        "HOME": folder,
        "TMPDIR": folder,
        "LANG": "C.UTF-8",
        "PYTHONUTF8": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
