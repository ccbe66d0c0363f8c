"""What goes on, or goes wrong, while people ask: documents that are read, a worker or an engine that is killed.

It begins with the last stage, so that the stage before tells how it was without. What is
killed is started again after a second, as `manage.py up` does it.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.flow.servers import ROOT, Worker, wait_for
from tests.flow.site import Site
from tests.remote import socket_address

KINDS = ("worker", "engine")
_START_AGAIN_S = 1.0
_PATIENCE_S = 240.0


class EngineProcess:
    """`python -m inference` on a Unix socket."""

    def __init__(self, url: str, log: Path) -> None:
        self.url, self._log = url, log
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "inference", "--listen", self.url]
        with self._log.open("a") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        wait_for(self._listens, seconds=120, why="the engine listens")

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(self.url.removeprefix("unix:")) == 0


@contextlib.contextmanager
def engine_elsewhere(folder: Path) -> Iterator[EngineProcess]:
    """An engine in a process of its own, as `manage.py up` starts one; it can be killed."""
    with socket_address() as address:
        engine = EngineProcess(str(address), folder / "engine.log")
        try:
            yield engine
        finally:
            engine.stop()


@dataclass(slots=True)
class Trouble:
    """What happens to a run, by the clock; ``marks`` are the moments, ``facts`` what came of it."""

    site: Site
    folder: Path
    engine: EngineProcess
    ingest: int = 0
    kill: str | None = None
    marks: list[tuple[float, str]] = field(default_factory=list)
    facts: dict[str, object] = field(default_factory=dict)
    _worker: Worker | None = None
    _threads: list[threading.Thread] = field(default_factory=list)

    def begin(self, *, after_s: float, lasting_s: float) -> None:
        """Documents come with the last stage; the blow falls a third into it."""
        if self.ingest or self.kill == "worker":
            self._worker = self._new_worker()
        acts = [(after_s, self._ingest)] if self.ingest else []
        if self.kill:
            acts.append((after_s + lasting_s / 3, self._kill))
        self._threads = [threading.Timer(seconds, act) for seconds, act in acts]
        for thread in self._threads:
            thread.daemon = True
            thread.start()

    def end(self) -> None:
        """Wait for what still goes on; then the worker stops."""
        for thread in self._threads:
            thread.join(_PATIENCE_S)
        if self._worker:
            self._worker.stop()

    def _ingest(self) -> None:
        written = self.folder / "arrivals"
        written.mkdir()
        for number in range(self.ingest):
            (written / f"ferry-{number:04}.txt").write_text(
                f"The ferry of line {number} leaves at {number % 24} o'clock. It carries no cars.\n\n"
                f"Line {number} calls at {number % 9 + 2} piers, and its crossing takes {number % 50 + 5} minutes."
            )
        started = time.time()
        self.marks.append((started, f"{self.ingest} documents come"))
        command = [sys.executable, "manage.py", "ingest_folder", str(written), "--collection", "Ferries", "--wait"]
        output = (self.folder / "ingest.log").open("w")
        environment = {**os.environ, **self.site.environment}
        with output, subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output) as reading:
            try:
                finished = reading.wait(_PATIENCE_S) == 0
            except subprocess.TimeoutExpired:
                reading.kill()
                finished = False
        ended = time.time()
        if finished:
            self.marks.append((ended, "all read"))
        self.facts |= {
            "documents_ingested": self.ingest,
            "ingestion_finished": finished,
            "ingestion_s": round(ended - started, 1),
        }

    def _kill(self) -> None:
        self.marks.append((time.time(), f"{self.kill} killed"))
        if self.kill == "engine":
            self.engine.kill()
            time.sleep(_START_AGAIN_S)
            self.engine.start()
        elif self._worker:
            self._worker.kill()
            time.sleep(_START_AGAIN_S)
            self._worker = self._new_worker()
        self.marks.append((time.time(), "started again"))
        self.facts["killed"] = self.kill

    def _new_worker(self) -> Worker:
        return Worker(self.site.environment, self.folder / "worker.log")


def last_of(stages: Sequence[tuple[int, float]]) -> tuple[float, float]:
    """When the last stage begins, in seconds, and how long it lasts."""
    return sum(seconds for _, seconds in stages[:-1]), stages[-1][1]
