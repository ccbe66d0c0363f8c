"""A whole run: a site of its own, the users, the report. `python -m locustfiles quick` or `make load PROFILE=quick`.

Ends with status 1 when something asserted does not hold; the last line is summary.json.
"""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.request
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.harness import machine
from tests.flow.site import Site, running_site

from . import judge, questions, trouble
from .caches import Hits, cache_levels
from .report import Seen, write_report
from .stages import PROFILES, stages_of
from .trouble import Trouble, engine_elsewhere
from .watch import Watch

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be run."""

    profile: str
    stages: str
    is_open: bool = False
    workers: int = 2
    think_s: float = 20.0
    processes: int = 1
    ingest: int = 0
    kill: str | None = None


def run(plan: Plan, folder: Path) -> dict[str, object]:
    """The run's summary; everything is written under ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    before = machine()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        work = Path(name)
        counts, log = work / "counts", work / "replies"
        counts.mkdir()
        log.mkdir()
        settings = {
            "KBQA_ASKS_A_MINUTE": "0",
            "KBQA_LOG_LEVEL": "WARNING",
            "PROMETHEUS_MULTIPROC_DIR": str(counts),
        }
        engine = stack.enter_context(engine_elsewhere(work))
        settings["KBQA_ENGINE_URL"] = engine.url
        site = stack.enter_context(
            running_site(work, documents=questions.documents(), threads=64, workers=plan.workers, **settings)
        )
        troubled = Trouble(site=site, folder=work, ingest=plan.ingest, kill=plan.kill, engine=engine)
        with (folder / "locust.log").open("w") as output:
            generator = subprocess.Popen(
                _locust(site, plan, folder),
                cwd=ROOT,
                env={**os.environ, **_said_to_users(site, plan, log)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            stack.callback(generator.terminate)
            watched = {
                "server": lambda: site.process.pid,
                "generator": lambda: generator.pid,
                "engine": lambda: engine.process.pid,
            }
            watch, hits = Watch(**watched), Hits(site)
            begin_s, lasting_s = trouble.last_of(stages_of(plan.stages))
            troubled.begin(after_s=begin_s, lasting_s=lasting_s)
            generator.wait()
        troubled.end()
        watch.stop()
        hits.stop()
        seen = Seen(
            profile=plan.profile,
            machine=before,
            stages=plan.stages,
            is_open=plan.is_open,
            replies=judge.replies_of(log),
            watch=watch,
            levels=cache_levels(site),
            hits=hits.points,
            trouble=troubled,
        )
    return write_report(seen, folder)


def _locust(site: Site, plan: Plan, folder: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "locust", "-f", "locustfiles/locustfile.py", "--headless", "--host", site.url),
        *("--csv", str(folder / "locust"), "--html", str(folder / "locust.html"), "--only-summary"),
        *("--loglevel", "ERROR", "--exit-code-on-error", "0"),
        *(("--processes", str(plan.processes)) if plan.processes > 1 else ()),
    ]


def _said_to_users(site: Site, plan: Plan, log: Path) -> dict[str, str]:
    return {
        "KBQA_LOAD_KEY": site.key,
        "KBQA_LOAD_COLLECTION": _first_collection(site),
        "KBQA_LOAD_STAGES": plan.stages,
        "KBQA_LOAD_OPEN": "1" if plan.is_open else "0",
        "KBQA_LOAD_PROCESSES": str(plan.processes),
        "KBQA_LOAD_THINK_S": str(plan.think_s),
        "KBQA_LOAD_LOG": str(log),
    }


def _first_collection(site: Site) -> str:
    request = urllib.request.Request(f"{site.url}/api/v1/collections", headers={"Authorization": f"Bearer {site.key}"})
    with urllib.request.urlopen(request, timeout=30) as response:
        body = json.load(response)
    return str((body["results"] if isinstance(body, dict) else body)[0]["id"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    about = "; ".join(f"{name}: {profile.about}" for name, profile in PROFILES.items())
    parser.add_argument("profile", choices=list(PROFILES), nargs="?", default="quick", help=about)
    parser.add_argument("--stages", help="users x seconds (open: questions a second x seconds), comma-separated")
    parser.add_argument("--open", action="store_true", help="questions come at a rate, answered or not")
    parser.add_argument("--workers", type=int, default=2, help="web processes")
    parser.add_argument("--processes", type=int, default=1, help="of the generator; -1: one a core")
    parser.add_argument("--think", type=float, default=20.0, help="mean seconds between a user's questions")
    parser.add_argument("--ingest", type=int, help="so many documents come with the last stage, read by a worker")
    parser.add_argument("--kill", choices=trouble.KINDS, help="killed in the last stage, and started again")
    parser.add_argument("--to", type=Path, help="the report's folder; reports/load/<date> by default")
    options = parser.parse_args()
    profile = PROFILES[options.profile]
    plan = Plan(
        profile=options.profile,
        stages=options.stages or profile.stages,
        is_open=options.open or profile.is_open,
        workers=options.workers,
        think_s=options.think,
        processes=options.processes if options.processes > 0 else os.cpu_count() or 1,
        ingest=profile.ingest if options.ingest is None else options.ingest,
        kill=options.kill,
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwinds: nothing that was started stays
    folder = options.to or ROOT / "reports" / "load" / datetime.now().strftime("%Y-%m-%d-%H%M")
    summary = run(plan, folder.resolve())
    print(f"report: {folder}/index.html")
    print(json.dumps(summary))
    if not all(check["holds"] for check in summary["asserted"]):  # type: ignore[attr-defined]  # dictionaries, above
        sys.exit(1)


if __name__ == "__main__":
    main()
