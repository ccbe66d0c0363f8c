"""Everything on one machine: the website, a worker, the schedule and an engine, until Ctrl-C; or one, for containers.

Website and worker ask the engine in its own process: it shares no interpreter with those who serve, is loaded
once, and weighs questions against documents.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kbqa.ops.processes import Process, Supervisor
from kbqa.ops.static import static_is_stale


class Command(BaseCommand):
    help = "Run the website, a worker with the schedule, and an engine; what dies is restarted, Ctrl-C stops all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--prepare", action="store_true", help="first do what `prepare` does")
        parser.add_argument("--only", choices=["web", "worker", "engine"], help="that alone, in this process's place")
        parser.add_argument("--threads", type=int, default=settings.WEB_THREADS, help="requests served at once")

    def handle(self, *, host: str, port: int, prepare: bool, only: str | None, threads: int, **options: object) -> None:
        if only in (None, "web"):
            _check_port_is_free(host, port)
        if prepare:
            self.stdout.flush()
            # in a process of its own: reading the samples loads an engine, which nobody needs here afterwards
            if subprocess.run([sys.executable, sys.argv[0], "prepare"], check=False).returncode:
                raise CommandError("The site could not be prepared; the reason is above.")
        elif only in (None, "web") and static_is_stale():
            self.stdout.write(
                self.style.WARNING("The pages' files are not this version's: `up --prepare` brings all up to date.")
            )
        quiet = {"KBQA_WEB_THREADS": str(threads), "OMP_WAIT_POLICY": "PASSIVE", "PYTHONUNBUFFERED": "1"}
        quiet["PROMETHEUS_MULTIPROC_DIR"] = _metrics_folder(fresh=only is None)
        commands = {"web": _web(host, port, threads), "worker": _worker()}
        if only:
            command = _engine(settings.ENGINE_URL) if only == "engine" else commands[only]
            self.stdout.flush()
            os.execve(sys.executable, command, {**os.environ, **quiet, **_key()})  # noqa: S606  # our own command
        with ExitStack() as folders:
            processes = []
            if not settings.ENGINE_URL:
                quiet["KBQA_ENGINE_URL"] = url = folders.enter_context(_socket_url())
                processes.append(Process("engine", _engine(url), quiet, stops_last=True))
            started = "the website, its worker and their engine" if processes else "the website and its worker"
            self.stdout.write(f"Starting {started}")
            processes += [Process(name, command, quiet) for name, command in commands.items()]
            supervisor = Supervisor(processes)
            threading.Thread(target=self._announce, args=(host, port, supervisor.stopping), daemon=True).start()
            supervisor.run()
        self.stdout.write("Stopped.")

    def _announce(self, host: str, port: int, stopping: threading.Event) -> None:
        """Print the address once a question could really be answered there."""
        shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104  # compared, not bound
        while not _is_ready(shown, port) and not stopping.wait(0.3):
            continue
        if not stopping.is_set():
            self.stdout.write(self.style.SUCCESS(f"KBQA is ready on http://{shown}:{port}/  (Ctrl-C stops it)"))


def _web(host: str, port: int, threads: int) -> list[str]:
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "kbqa.wsgi:application"),
        *("--host", host, "--port", str(port), "--blocking-threads", str(threads), "--no-ws"),
        *("--workers", str(settings.WEB_WORKERS)),
        *("--backpressure", "1024", "--workers-kill-timeout", "16", "--respawn-failed-workers"),
        *("--respawn-interval", "20"),  # on SIGHUP: what a new worker needs to load, before the old one goes
        *("--log-level", "error"),
    ]


def _worker() -> list[str]:
    return [
        *(sys.executable, "-m", "celery", "--quiet", "-A", "kbqa", "worker", "--beat", "--pool", "prefork"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"),
    ]


def _engine(url: str) -> list[str]:
    """Configured as each process's own engine would be."""
    if not url:
        raise CommandError("Say where the engine should listen: KBQA_ENGINE_URL is empty.")
    options: list[str] = []
    for name, value in {**settings.ENGINE, **settings.DECODING}.items():
        if value is not None and value is not False:
            options += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
    return [sys.executable, "-m", "inference", "--listen", url, *options]


def _key() -> dict[str, str]:
    return {"KBQA_ENGINE_KEY": settings.ENGINE_KEY} if settings.ENGINE_KEY else {}


@contextmanager
def _socket_url() -> Iterator[str]:
    """A socket in a folder that only we may enter; its path is short, as the kernel wants it."""
    with tempfile.TemporaryDirectory(prefix="kbqa-") as folder:
        yield f"unix:{folder}/engine.sock"


def _check_port_is_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} of {host} is not free ({error.strerror}). Choose another: make run PORT={port + 1}"
            ) from error


def _is_ready(host: str, port: int) -> bool:
    """Asked under a name the site answers to, whatever address it listens on; by hand, so that no proxy is asked."""
    name = next((known for known in settings.ALLOWED_HOSTS if known[0] not in "*."), host)
    question = f"GET /health/ready HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection((host, port), timeout=5) as connection:
            connection.sendall(question.encode())
            return connection.recv(16).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def _metrics_folder(*, fresh: bool) -> str:
    """Where web and worker count together, so that /metrics tells of both; counts begin anew with the site."""
    folder = settings.METRICS_ROOT
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder)
