"""The website as people start it, in processes of its own: two documents read, one administrator, one key."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .servers import ROOT, free_port, manage, wait_for

FOREST = "The oldest oak in Harrow Wood was planted in 1641. Foresters count its rings every spring."
RIVER = "The River Wendle floods most often in March. The lock at Aston is closed from December to February."

_SET_UP = """
from django.core.management import call_command
from kbqa.accounts.models import User
call_command("migrate", verbosity=0)
User.objects.create_superuser("admin", password="a long enough phrase 42")
call_command("ingest_folder", "{folder}", collection="Land", now=True, verbosity=0)
call_command("issue_key")
"""


@dataclass(frozen=True, slots=True)
class Site:
    """Where it listens, the administrator's key, and the environment to start more of it."""

    url: str
    key: str
    environment: dict[str, str]
    process: "subprocess.Popen[bytes]"


@contextmanager
def running_site(
    folder: Path,
    *,
    documents: dict[str, str] | None = None,
    threads: int = 4,
    workers: int = 1,
    application: str = "kbqa.wsgi:application",
    served_by: Callable[[int], list[str]] | None = None,
    **settings: str,
) -> Iterator[Site]:
    """The site on a free port of loopback, ready for questions; stopped at the end.

    ``served_by`` gives another command that serves it on a port.
    """
    written, port = folder / "documents", free_port()
    written.mkdir()
    for name, text in (documents or {"forest.txt": FOREST, "river.txt": RIVER}).items():
        (written / name).write_text(text)
    environment = {"KBQA_DATA_DIR": str(folder / "data"), "OMP_WAIT_POLICY": "PASSIVE", **settings}
    environment["KBQA_WEB_THREADS"] = str(threads)
    for name in ("originals", "segments", "static"):
        (folder / "data" / name).mkdir(parents=True)
    key = manage("shell", "-v", "0", "-c", _SET_UP.format(folder=written), environment=environment).split()[-1]
    server = subprocess.Popen(
        served_by(port) if served_by else _granian(application, port, threads=threads, workers=workers),
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=(folder / "site.log").open("w"),
        stderr=subprocess.STDOUT,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: server.poll() is not None or _is_ready(url), seconds=120, why="the site is ready")
        yield Site(url, key, environment, server)
    finally:
        server.terminate()
        server.wait(30)


def _granian(application: str, port: int, *, threads: int, workers: int) -> list[str]:
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", application, "--no-ws"),
        *("--host", "127.0.0.1", "--port", str(port), "--blocking-threads", str(threads), "--log-level", "warning"),
        *("--workers", str(workers), "--backlog", "8192", "--backpressure", "8192"),
    ]


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health/ready", timeout=30) as response:
            return bool(response.status == 200)
    except OSError:  # refused, unready or too slow
        return False
