"""`python -m inference`: helps, refuses what cannot work with one line, and gives up an engine that hangs."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from inference import __main__
from tests.fakes import FakeEngine

ROOT = Path(__file__).resolve().parents[3]


def test_an_engine_that_stays_unwell_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(__main__, "_LOOK_EVERY_S", 0.001)
    engine = FakeEngine()
    engine.is_ready = False

    assert not __main__._watch(engine, threading.Event())


def test_being_told_to_stop_is_no_failure():
    stopping = threading.Event()
    stopping.set()

    assert __main__._watch(FakeEngine(), stopping)


@pytest.mark.slow
def test_nonsense_is_refused_with_one_line():
    command = [sys.executable, "-m", "inference", "--listen", "nowhere"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "unix:PATH or HOST:PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_says_where_the_key_comes_from(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "argv", ["inference", "--help"])

    with pytest.raises(SystemExit):
        __main__.main()

    assert "KBQA_ENGINE_KEY_FILE" in capsys.readouterr().out
