"""What the product keeps resident, at rest and at work: `python -m benchmarks.memory [--seconds 30]`.

One web process, an engine, and a Celery worker with its schedule, as `manage.py up` starts them. At
work: eight people ask what no cache holds while documents are read. Pages that processes share count once
(the kernel's proportional set size); ``peer`` is the target, and a ratio above 1 is within it.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil

from locustfiles.questions import documents, fresh
from locustfiles.trouble import engine_elsewhere
from tests.flow.asking import ask
from tests.flow.servers import Worker, manage
from tests.flow.site import Site, running_site

from .harness import Row, report, row

GIB = 2**30
TARGETS_GIB = {"at rest": 1.5, "at work": 2.5}
ASKERS = 8
SETTLE_S = 10.0


def resident_gib(roots: list[int]) -> float:
    """All of these processes and their children, what they share counted once."""
    total = 0
    for root in roots:
        for process in [psutil.Process(root), *psutil.Process(root).children(recursive=True)]:
            try:
                total += process.memory_full_info().pss
            except psutil.NoSuchProcess:
                continue
    return total / GIB


@contextmanager
def highest(roots: list[int]) -> Iterator[list[float]]:
    """Samples twice a second; the highest is what counts."""
    seen, over = [resident_gib(roots)], threading.Event()

    def look() -> None:
        while not over.wait(0.5):
            seen.append(resident_gib(roots))

    thread = threading.Thread(target=look)
    thread.start()
    yield seen
    over.set()
    thread.join()


def at_work(site: Site, folder: Path, *, seconds: float) -> int:
    """Ask from all sides while fifty documents come; how many questions were answered."""
    arrivals, until = folder / "arrivals", time.monotonic() + seconds
    arrivals.mkdir()
    for number in range(50):
        text = "\n\n".join(f"Entry {entry} of book {number}: the water stood at {entry * 3} cm." for entry in range(60))
        (arrivals / f"book-{number}.txt").write_text(text)
    manage("ingest_folder", str(arrivals), "--collection", "Books", environment=site.environment)

    def keep_asking(seed: int) -> int:
        chosen, answered = random.Random(seed), 0
        while time.monotonic() < until:
            answered += ask(site, fresh(chosen), deadline_s=60).status == 200
        return answered

    with ThreadPoolExecutor(ASKERS) as crowd:
        return sum(crowd.map(keep_asking, range(ASKERS)))


def measured(folder: Path, *, seconds: float) -> list[Row]:
    books = dict(list(documents().items())[:5])
    settings = {"KBQA_ASKS_A_MINUTE": "0", "KBQA_MAX_WAIT_S": "60"}
    with (
        engine_elsewhere(folder) as engine,
        running_site(folder, documents=books, threads=16, KBQA_ENGINE_URL=engine.url, **settings) as site,
    ):
        worker = Worker(site.environment, folder / "worker.log")
        try:
            roots = [site.process.pid, engine.process.pid, worker.process.pid]
            ask(site, fresh(random.Random()), deadline_s=60)  # so that everything is loaded
            time.sleep(SETTLE_S)
            rest = resident_gib(roots)
            with highest(roots) as seen:
                answered = at_work(site, folder, seconds=seconds)
            if not answered:
                raise SystemExit("nothing was answered: this machine is too busy to say what work takes")
            return [_row("at rest", rest), _row("at work", max(seen), answered=answered)]
        finally:
            worker.stop()


def _row(case: str, gib: float, **figures: float) -> Row:
    target = TARGETS_GIB[case]
    return row(
        f"one web process, engine and worker, {case}", ours=gib, peer=target, ratio=target / gib, unit="GiB", **figures
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0, help="at work")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report("memory", measured(Path(folder), seconds=options.seconds))


if __name__ == "__main__":
    main()
