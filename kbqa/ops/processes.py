"""Keep a few processes running: start them, say what they say, restart what dies, stop all of them cleanly."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType

_STOP_WITHIN_S = 20.0
_QUICK_DEATH_S = 5.0


@dataclass(slots=True)
class Process:
    """One command, its running child, and how often it died young; others lean on it if it ``stops_last``."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    stops_last: bool = False
    child: subprocess.Popen[str] | None = None
    started_at: float = 0.0
    quick_deaths: int = 0

    def start(self) -> None:
        self.started_at = time.monotonic()
        # a group of its own: Ctrl-C reaches us alone, and we stop the others in order
        self.child = subprocess.Popen(
            self.command,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        threading.Thread(target=self._echo, args=(self.child,), daemon=True).start()

    def has_died(self) -> bool:
        return self.child is not None and self.child.poll() is not None

    def restart_pause_s(self) -> float:
        """Longer each time it dies within seconds of its start."""
        young = time.monotonic() - self.started_at < _QUICK_DEATH_S
        self.quick_deaths = self.quick_deaths + 1 if young else 0
        return min(30.0, 0.5 * 2.0**self.quick_deaths)

    def signal(self, number: int) -> None:
        if self.child is not None and self.child.poll() is None:
            try:
                os.killpg(self.child.pid, number) if number == signal.SIGKILL else self.child.send_signal(number)
            except ProcessLookupError:
                return

    def _echo(self, child: subprocess.Popen[str]) -> None:
        for line in child.stdout or ():
            sys.stdout.write(f"{self.name:>7} | {line}")
            sys.stdout.flush()


@dataclass(slots=True)
class Supervisor:
    """Runs until told to stop; nothing it started outlives it."""

    processes: list[Process]
    stopping: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        for process in self.processes:
            process.start()
        try:
            while not self.stopping.wait(0.3):
                for process in self.processes:
                    if process.has_died() and not self.stopping.wait(process.restart_pause_s()):
                        process.start()
        finally:
            with suppress(OSError):  # nobody may be left to read it
                sys.stdout.write("Stopping: what has begun is finished first, which takes some seconds\n")
                sys.stdout.flush()
            self._stop_all()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping.set()

    def _stop_all(self) -> None:
        """Those that others lean on once the others are gone, so that what has begun can be finished."""
        for stops_last in (False, True):
            _stop([process for process in self.processes if process.stops_last is stops_last])


def _stop(processes: Sequence[Process]) -> None:
    for process in processes:
        process.signal(signal.SIGTERM)
    deadline = time.monotonic() + _STOP_WITHIN_S
    for process in processes:
        if process.child is None:
            continue
        try:
            process.child.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.signal(signal.SIGKILL)
            process.child.wait()
