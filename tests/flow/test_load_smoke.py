"""Twenty seconds of every kind of user against a site of its own: no errors, and a whole report."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from .servers import ROOT

pytestmark = [
    pytest.mark.slow,
    # looked for, never imported: Locust replaces the sockets and locks of whoever imports it
    pytest.mark.skipif(find_spec("locust") is None, reason="the load extra is not installed"),
]


def test_a_smoke_run_ends_without_errors_and_leaves_its_report(tmp_path: Path):
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "locustfiles", "smoke", "--workers", "1", "--think", "1", "--to", str(tmp_path)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
    summary = json.loads(ran.stdout.splitlines()[-1])
    assert summary == json.loads((tmp_path / "summary.json").read_text())
    assert summary["stages"][0]["answers"] > 0
    assert summary["cache_levels"]
    assert {"seen", "must_be", "bound", "holds"} <= set(summary["asserted"][0])
    assert [stage["p50_ms"] for stage in summary["design"]["stages"]] == [86, 192, 487]
    assert {"index.html", "locust.html", "locust_stats.csv", "latency.svg", "latency.png", "cpu.svg"} <= {
        path.name for path in tmp_path.iterdir()
    }
