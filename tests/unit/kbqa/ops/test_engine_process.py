"""`up` gives web processes and worker one engine, configured as their own would be, and stops it last."""

import signal
import sys
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from kbqa.ops.management.commands import up
from kbqa.ops.processes import Process, Supervisor
from tests.flow.servers import wait_for


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Process]]:
    """What `up` would have kept running."""
    seen: list[Process] = []
    monkeypatch.setattr(Supervisor, "run", lambda self: (seen.extend(self.processes), self.stopping.set()))
    return seen


@pytest.mark.parametrize("num_workers", [1, 3])
def test_web_processes_share_one_with_the_worker(started, settings, num_workers):
    settings.WEB_WORKERS = num_workers

    call_command("up", port=0)

    engine, web, worker = started
    url = web.environment["KBQA_ENGINE_URL"]
    assert url.startswith("unix:/")
    assert url == worker.environment["KBQA_ENGINE_URL"] == engine.command[engine.command.index("--listen") + 1]
    assert engine.stops_last
    assert web.command[web.command.index("--workers") + 1] == str(num_workers)


@pytest.mark.parametrize("is_stale", [True, False])
def test_pages_that_were_not_prepared_are_said_to_be_so(started, settings, monkeypatch, is_stale):
    monkeypatch.setattr(up, "static_is_stale", lambda: is_stale)
    said = StringIO()

    call_command("up", port=0, stdout=said)

    assert ("`up --prepare` brings all up to date" in said.getvalue()) == is_stale


def test_an_engine_elsewhere_is_not_started_again(started, settings):
    settings.WEB_WORKERS, settings.ENGINE_URL = 3, "engine.example.org:50051"

    call_command("up", port=0)

    assert [process.name for process in started] == ["web", "worker"]


def test_the_engine_process_is_given_the_settings(settings):
    settings.ENGINE, settings.DECODING = {"encoder": None, "max_queue": 7}, {"cache_mb": 64}

    assert up._engine("unix:/run/e")[3:] == ["--listen", "unix:/run/e", "--max-queue", "7", "--cache-mb", "64"]


def test_every_setting_of_an_engine_is_an_option_of_its_process(settings, monkeypatch):
    from inference import __main__

    options = up._engine("unix:/run/e")[3:]

    assert __main__._parser().parse_args(options).max_queue == settings.ENGINE["max_queue"]


def test_an_engine_alone_must_be_told_where_to_listen(settings):
    settings.ENGINE_URL = ""

    with pytest.raises(CommandError, match="KBQA_ENGINE_URL"):
        call_command("up", only="engine")


@pytest.mark.slow
def test_what_others_lean_on_is_stopped_last(tmp_path, monkeypatch):
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)
    note = """if True:
        import signal, sys, time
        path, name = sys.argv[1:]
        signal.signal(signal.SIGTERM, lambda *_: (open(path, "a").write(name), sys.exit()))
        open(path + name, "w")
        time.sleep(60)
    """
    told = tmp_path / "told"
    processes = [
        Process(name, [sys.executable, "-c", note, str(told), name], {}, stops_last=name == "e") for name in "ew"
    ]
    supervisor = Supervisor(processes)
    for process in processes:
        process.start()
    wait_for(lambda: len(list(tmp_path.glob("told?"))) == 2, seconds=20, why="both are up")

    supervisor._stop_all()

    assert told.read_text() == "we"
