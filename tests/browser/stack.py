"""The running product, as people meet it: the web server, a worker and a database of their own, on loopback."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.flow.servers import ROOT, Worker, free_port, wait_for


@dataclass(frozen=True, slots=True)
class Stack:
    """Where it answers, and where its processes write."""

    url: str
    folder: Path

    def log(self) -> str:
        return "\n".join(path.read_text(errors="replace")[-3000:] for path in sorted(self.folder.glob("*.log")))


@contextmanager
def live_stack(folder: Path) -> Iterator[Stack]:
    """Seeded, served and ingesting; everything it started ends with it."""
    port = free_port()
    environment = {
        "KBQA_DATA_DIR": str(folder),
        "KBQA_LEASE_S": "10",
        "KBQA_DEADLINE_S": "60",  # a slow machine answers late, and must not cut answers short here
        "KBQA_RETRIEVAL_DEADLINE_MS": "30000",
        "KBQA_IMPORT_ROOTS": str(ROOT / "tests" / "data"),
        "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
    }
    for name in ("originals", "segments", "static"):
        (folder / name).mkdir()
    _run("-m", "tests.browser.seed", environment=environment)
    stack = Stack(f"http://127.0.0.1:{port}", folder)
    worker = Worker(environment, folder / "worker.log")
    with (folder / "web.log").open("w") as log:
        web = subprocess.Popen(
            [
                *(sys.executable, "-m", "granian", "--interface", "wsgi", "kbqa.wsgi:application"),
                *("--host", "127.0.0.1", "--port", str(port), "--blocking-threads", "8", "--no-ws"),
                *("--workers-kill-timeout", "5", "--log-level", "warning"),
            ],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(lambda: _answers(stack.url) or web.poll() is not None, seconds=180, why="the website answers")
        assert web.poll() is None, stack.log()
        yield stack
        assert worker.process.poll() is None, stack.log()
    finally:
        worker.kill()  # nothing of it is kept
        web.terminate()
        web.wait(20)


def _run(*arguments: str, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health/live", timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
