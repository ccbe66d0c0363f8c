"""A whole run: a site of its own, the users, the report. `python -m locustfiles quick` or `make load PROFILE=quick`.

Ends with status 1 when something asserted does not hold; the last line is summary.json.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from datetime import datetime
from pathlib import Path

import psutil

from benchmarks.harness import machine
from tests.flow.asking import metrics_text
from tests.flow.site import Site, running_site

from . import judge, questions
from .page import page, plot
from .stages import PROFILES, stages_of

ROOT = Path(__file__).resolve().parents[1]
BUSY_GENERATOR = 90.0


class Watch:
    """The server's and the generator's CPU and memory, once a second."""

    def __init__(self, **processes: int) -> None:
        self._roots = {name: psutil.Process(pid) for name, pid in processes.items()}
        self.started, self._over = time.time(), threading.Event()
        self.cpu: dict[str, list[tuple[float, float]]] = {name: [] for name in processes}
        self.memory: dict[str, list[tuple[float, float]]] = {name: [] for name in processes}
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        spent: dict[str, float] = {}
        before = time.time()
        while not self._over.wait(1.0):
            now = time.time()
            for name, root in self._roots.items():
                seconds, resident = _used(root)
                if name in spent:
                    self.cpu[name].append((now - self.started, 100 * max(0.0, seconds - spent[name]) / (now - before)))
                self.memory[name].append((now - self.started, resident / 2**20))
                spent[name] = seconds
            before = now


def _used(root: psutil.Process) -> tuple[float, int]:
    """CPU seconds and resident bytes of a process and its children."""
    seconds, resident = 0.0, 0
    try:
        for process in (root, *root.children(recursive=True)):
            times = process.cpu_times()
            seconds, resident = seconds + times.user + times.system, resident + process.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return seconds, resident


def cache_levels(site: Site) -> dict[str, float]:
    found: dict[str, float] = {}
    for line in metrics_text(site).splitlines():
        if line.startswith("kbqa_answer_cache_lookups_total{"):
            name = line.split('level="')[1].split('"')[0]
            found[name] = found.get(name, 0.0) + float(line.rsplit(" ", 1)[1])
    return found


def first_collection(site: Site) -> str:
    request = urllib.request.Request(f"{site.url}/api/v1/collections", headers={"Authorization": f"Bearer {site.key}"})
    with urllib.request.urlopen(request, timeout=30) as response:
        body = json.load(response)
    return str((body["results"] if isinstance(body, dict) else body)[0]["id"])


def run(profile: str, stages: str, folder: Path, *, workers: int, think_s: float) -> dict[str, object]:
    """The run's summary; everything is written under ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        counts = Path(work, "counts")
        counts.mkdir()
        settings = {
            "KBQA_ASKS_A_MINUTE": "0",
            "KBQA_LOG_LEVEL": "WARNING",
            "PROMETHEUS_MULTIPROC_DIR": str(counts),
        }
        with running_site(Path(work), documents=questions.documents(), threads=64, workers=workers, **settings) as site:
            log = Path(work, "replies.jsonl")
            environment = {
                **os.environ,
                "KBQA_LOAD_KEY": site.key,
                "KBQA_LOAD_COLLECTION": first_collection(site),
                "KBQA_LOAD_STAGES": stages,
                "KBQA_LOAD_THINK_S": str(think_s),
                "KBQA_LOAD_LOG": str(log),
            }
            command = [
                *(sys.executable, "-m", "locust", "-f", "locustfiles/locustfile.py", "--headless", "--host", site.url),
                *("--csv", str(folder / "locust"), "--html", str(folder / "locust.html"), "--only-summary"),
                *("--loglevel", "ERROR", "--exit-code-on-error", "0"),
            ]
            with (folder / "locust.log").open("w") as output:
                generator = subprocess.Popen(
                    command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
                )
                watch = Watch(server=site.process.pid, generator=generator.pid)
                generator.wait()
            watch.stop()
            levels = cache_levels(site)
        return _report(profile, stages, folder, judge.replies_of(log), watch, levels)


def _report(
    profile: str, stages: str, folder: Path, replies: list[judge.Reply], watch: Watch, levels: dict[str, float]
) -> dict[str, object]:
    started = min(reply.at for reply in replies)
    rows = judge.stages(replies, stages_of(stages), started=started)
    asked = sum(levels.values())
    hit_rate = 1 - levels.get("none", 0.0) / asked if asked else 0.0
    checks = judge.verdict(rows, hit_rate=hit_rate, replies=replies, is_short=profile == "smoke")
    generator = sorted(share for _, share in watch.cpu["generator"])
    summary = {
        "profile": profile,
        "machine": machine(),
        "stages": judge.beside_design(rows),
        "cache_hit_rate": round(hit_rate, 3),
        "design_cache_hit_rate": judge.LEAST_HIT_RATE,
        "cache_levels": levels,
        "stream_p50_ms": judge.milestones(replies),
        "generator_cpu_p95_percent": round(judge.percentile(generator, 95), 1),
        "generator_saturated": judge.percentile(generator, 95) > BUSY_GENERATOR,
        "server_memory_peak_mib": round(max((mib for _, mib in watch.memory["server"]), default=0.0)),
        "asserted": checks,
    }
    (folder / "summary.json").write_text(json.dumps(summary, indent=2))
    plots = {
        "users": plot("Users", {"users": _per_second(replies, started, lambda each: each[-1].users)}, unit="users"),
        "throughput": plot(
            "Replies a second",
            {
                "answers": _per_second(replies, started, lambda each: sum(r.name in judge.ANSWERS for r in each)),
                "shed": _per_second(replies, started, lambda each: sum(r.name == "shed" for r in each)),
                "errors": _per_second(replies, started, lambda each: sum(r.outcome == "error" for r in each)),
            },
            unit="/s",
        ),
        "latency": plot(
            "Latency",
            {f"p{p}": _per_second(replies, started, lambda each, p=p: _latency(each, p)) for p in (50, 95, 99)},
            unit="ms",
        ),
        "cpu": plot("CPU", watch.cpu, unit="% of a core"),
        "memory": plot("Memory", watch.memory, unit="MiB"),
    }
    for name, drawn in plots.items():
        (folder / f"{name}.svg").write_text(drawn)
    title = f"Load, {profile}: {machine()}"
    shown = page(title=title, rows=judge.beside_design(rows), checks=checks, plots=list(plots.values()))
    (folder / "index.html").write_text(shown)
    return summary


def _latency(each: list[judge.Reply], percent: float) -> float:
    return judge.percentile(sorted(r.ms for r in each if r.name in judge.ANSWERS), percent)


def _per_second(replies, started, figure):  # type: ignore[no-untyped-def]  # a small closure's worth
    by_second: dict[int, list[judge.Reply]] = {}
    for reply in replies:
        by_second.setdefault(int(reply.at - started), []).append(reply)
    return [(float(second), float(figure(each))) for second, each in sorted(by_second.items())]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("profile", choices=list(PROFILES), nargs="?", default="quick")
    parser.add_argument("--stages", help="users x seconds, comma-separated; the profile's by default")
    parser.add_argument("--workers", type=int, default=2, help="web processes")
    parser.add_argument("--think", type=float, default=20.0, help="mean seconds between a user's questions")
    parser.add_argument("--to", type=Path, help="the report's folder; reports/load/<date> by default")
    options = parser.parse_args()
    folder = options.to or ROOT / "reports" / "load" / datetime.now().strftime("%Y-%m-%d-%H%M")
    stages = options.stages or PROFILES[options.profile]
    summary = run(options.profile, stages, folder.resolve(), workers=options.workers, think_s=options.think)
    print(f"report: {folder}/index.html")
    print(json.dumps(summary))
    if not all(check["holds"] for check in summary["asserted"]):  # type: ignore[attr-defined]  # dictionaries, above
        sys.exit(1)


if __name__ == "__main__":
    main()
