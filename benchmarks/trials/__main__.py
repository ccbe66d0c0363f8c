"""What is asserted of the site in trouble: `python -m benchmarks.trials [overload redis …] [--seconds 30]`.

Each trial has a site of its own on this machine, whose asker shares it. Every figure stands beside its
bound, in summary.json too where --to names a folder; the status is 1 when one does not hold.
"""

import argparse
import json
import signal
import sys
import tempfile
from pathlib import Path

from benchmarks.harness import machine
from locustfiles.judge import Check

from . import batching, dialogue, disconnects, overload, redis, restarts, uncached

_TRIALS = {
    "overload": overload.trial,
    "uncached": uncached.trial,
    "dialogue": dialogue.trial,
    "batching": batching.trial,
    "disconnects": disconnects.trial,
    "redis": redis.trial,
    "restarts": restarts.trial,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trials", nargs="*", help=f"of {', '.join(_TRIALS)}; all of them by default")
    parser.add_argument("--seconds", type=float, default=30.0, help="the longest part of each")
    parser.add_argument("--to", type=Path, help="a folder for summary.json")
    options = parser.parse_args()
    if unknown := set(options.trials) - _TRIALS.keys():
        parser.error(f"there is no trial {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwinds: nothing that was started stays
    seen: list[Check] = []
    for name in options.trials or _TRIALS:
        on = machine()
        with tempfile.TemporaryDirectory() as folder:
            checks = _TRIALS[name](Path(folder), seconds=options.seconds)
        for check in checks:
            print(_line(check), flush=True)
        seen += [{**check, "machine": on} for check in checks]
    summary = {"name": "trials", "asserted": seen}
    if options.to:
        options.to.mkdir(parents=True, exist_ok=True)
        (options.to / "summary.json").write_text(json.dumps(summary, indent=2))
    print(json.dumps(summary))
    sys.exit(0 if all(check["holds"] for check in seen) else 1)


def _line(check: Check) -> str:
    more = ", ".join(f"{name} {value}" for name, value in check.items() if name not in _COLUMNS)
    verdict = "holds" if check["holds"] else "BROKEN"
    return f"{verdict:<7}{check['what']}: {check['seen']} (must be {check['must_be']} {check['bound']}) {more}"


_COLUMNS = ("what", "seen", "must_be", "bound", "holds")


if __name__ == "__main__":
    main()
