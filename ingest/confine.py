"""What the parser's process gives up: memory, time, the network, other programs, and the disk.

``confine`` leaves the network and sets the kernel's limits at once; ``seal`` closes the
rest after the parser's code is imported. Each is one-way. Where the kernel refuses a new network
namespace, Python's audit hook refuses sockets, which stops libraries in Python
but not native code.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import sys
from pathlib import Path

_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000
_REFUSED = (
    "socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "pty.",
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown",
    "os.kill", "ctypes.dlopen", "webbrowser.", "urllib.", "ftplib.", "smtplib.", "http.",
)  # fmt: skip
_FEW, _MANY = 32, 4_096
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def confine(*, memory_bytes: int, cpu_s: int) -> None:
    """No network; hard limits on address space, processor time and open files; no core dumps."""
    _leave_network()  # before any thread is started: each would keep the network
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_CPU, cpu_s, grace=1)  # the soft limit's signal says what happened, the hard one ends it
    _limit(resource.RLIMIT_NOFILE, 64)
    _limit(resource.RLIMIT_CORE, 0)


def seal(*, threads: bool = False) -> None:
    """From here on: no new process, not one byte written to a file.

    A decoder that does nothing without ``threads`` of its own may start a few; the kernel counts them as processes.
    """
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NPROC, _num_threads() + _FEW if threads else 0)
    sys.addaudithook(_refuse)


def _num_threads() -> int:
    """Of this whole machine: the kernel counts all of its user's against the limit, and these are among them."""
    try:
        return int(Path("/proc/loadavg").read_text().split()[3].partition("/")[2])
    except (OSError, ValueError, IndexError):
        return _MANY


def _limit(kind: int, value: int, *, grace: int = 0) -> None:
    _, hard = resource.getrlimit(kind)
    wanted = value + grace if hard == resource.RLIM_INFINITY else min(value + grace, hard)
    resource.setrlimit(kind, (min(value, wanted), wanted))


def _leave_network() -> None:
    """A network namespace of our own, empty; without the right to one, by way of a user namespace."""
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(_NEW_NETWORK):
            libc.unshare(_NEW_USER | _NEW_NETWORK)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open":
        flags = arguments[2] if len(arguments) > 2 else 0
        if isinstance(flags, int) and flags & _WRITES:
            raise PermissionError("a parser may not write files")
    elif event.startswith(_REFUSED):
        raise PermissionError(f"a parser may not use {event}")
