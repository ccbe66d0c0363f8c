"""The supervisor: what it starts runs, what dies is started again, nothing outlives it."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from kbqa.ops.processes import Process, Supervisor

pytestmark = pytest.mark.slow

NOTE_AND_WAIT = "import os, pathlib, sys, time; pathlib.Path(sys.argv[1], str(os.getpid())).touch(); time.sleep(60)"
NOTE_AND_DIE = "import os, pathlib, sys; pathlib.Path(sys.argv[1], str(os.getpid())).touch()"
SUPERVISE = f"""
import sys
from kbqa.ops.processes import Process, Supervisor
commands = [[sys.executable, "-c", {NOTE_AND_WAIT!r}, sys.argv[1]] for _ in range(2)]
Supervisor([Process(str(i), command, {{}}) for i, command in enumerate(commands)]).run()
"""


@pytest.fixture
def folder(tmp_path):
    """Where each process notes its id."""
    (tmp_path / "pids").mkdir()
    return tmp_path / "pids"


@pytest.fixture
def supervised(monkeypatch):
    """Run a supervisor in this thread until a condition holds; signal handlers are left alone."""
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)

    def run(code: str, folder: Path, until) -> None:
        supervisor = Supervisor([Process("child", [sys.executable, "-c", code, str(folder)], {})])

        def watch() -> None:
            try:
                wait_for(until)
            finally:
                supervisor.stopping.set()

        watcher = threading.Thread(target=watch)
        watcher.start()
        supervisor.run()
        watcher.join()

    return run


def test_what_was_started_is_stopped(supervised, folder, capsys):
    supervised(NOTE_AND_WAIT, folder, until=lambda: pids(folder))

    assert not any(lives(pid) for pid in pids(folder))
    assert "Stopping" in capsys.readouterr().out  # who pressed Ctrl-C waits for some seconds


def test_it_is_stopped_though_nobody_hears_of_it(supervised, folder, monkeypatch):
    with open(os.devnull) as unwritable:
        monkeypatch.setattr(sys, "stdout", unwritable)
        supervised(NOTE_AND_WAIT, folder, until=lambda: pids(folder))

    assert not any(lives(pid) for pid in pids(folder))


def test_what_dies_is_started_again(supervised, folder):
    supervised(NOTE_AND_DIE, folder, until=lambda: len(pids(folder)) >= 2)

    assert len(pids(folder)) >= 2


def test_a_process_that_keeps_dying_is_given_longer_pauses():
    process = Process("child", [], {}, started_at=time.monotonic())

    pauses = [process.restart_pause_s() for _ in range(8)]

    assert pauses == sorted(pauses)
    assert pauses[0] == 1.0
    assert pauses[-1] == 30.0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_and_leaves_nothing(number, folder):
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISE, str(folder)], start_new_session=True)
    try:
        wait_for(lambda: len(pids(folder)) == 2)
    finally:
        os.killpg(supervisor.pid, number)

    assert supervisor.wait(15) == 0
    assert not any(lives(pid) for pid in pids(folder))


def pids(folder: Path) -> list[int]:
    return [int(path.name) for path in folder.iterdir()]


def lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def wait_for(condition, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
