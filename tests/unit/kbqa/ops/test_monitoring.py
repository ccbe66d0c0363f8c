"""The dashboard and the alerts name only what is measured; the scrape tells of every process."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from kbqa import metrics
from kbqa.engine import get_engine
from kbqa.ops.metrics import COUNTED_NOW
from tests import factories

ROOT = Path(__file__).resolve().parents[4]
MONITORING = ROOT / "deploy" / "monitoring"
_NAME = re.compile(r"\bkbqa_[a-z0-9_]+")


def dashboard() -> dict:
    return json.loads((MONITORING / "dashboard.json").read_text())


def alerts() -> list[dict]:
    return [
        rule for group in yaml.safe_load((MONITORING / "alerts.yaml").read_text())["groups"] for rule in group["rules"]
    ]


def measured() -> set[str]:
    """Every name a scrape can show."""
    ours = [m for m in vars(metrics).values() if isinstance(m, MetricWrapperBase)]
    suffixes = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
    shown = {f"{m._name}{suffix}" for m in ours for suffix in suffixes[m._type]}
    return shown | set(COUNTED_NOW) | {f"kbqa_engine_{name}" for name in get_engine().metrics()}


def named_by_dashboard() -> set[str]:
    expressions = [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]
    return set(_NAME.findall(" ".join(expressions)))


def test_the_dashboard_shows_only_what_is_measured():
    assert named_by_dashboard() - measured() == set()


def test_every_metric_of_ours_is_on_the_dashboard():
    ours = {m._name for m in vars(metrics).values() if isinstance(m, MetricWrapperBase)} | set(COUNTED_NOW)
    shown = named_by_dashboard()

    assert {name for name in ours if not any(each.startswith(name) for each in shown)} == set()


def test_alerts_name_only_what_is_measured_and_say_what_to_do():
    for rule in alerts():
        assert set(_NAME.findall(rule["expr"])) - measured() == set(), rule["alert"]
        assert {"summary", "action"} <= set(rule["annotations"]), rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["expr"].count("(") == rule["expr"].count(")")


def test_labels_in_expressions_exist():
    labels = {m._name: set(m._labelnames) for m in vars(metrics).values() if isinstance(m, MetricWrapperBase)}
    expressions = [rule["expr"] for rule in alerts()]
    expressions += [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]
    for expression in expressions:
        for name, inside in re.findall(r"(kbqa_\w+)\{([^}]*)\}", expression):
            known = next((found for each, found in labels.items() if name.startswith(each)), None)
            if known is not None:
                assert set(re.findall(r"(\w+)[=!]", inside)) <= known, expression


@pytest.mark.django_db
def test_a_scrape_shows_what_is_counted_at_the_moment(client):
    factories.version()
    client.force_login(factories.user(is_staff=True))

    text = client.get("/metrics").content.decode()

    assert 'kbqa_ingest_jobs{state="queued"} 1.0' in text
    assert 'kbqa_ingest_leases{state="expired"} 0.0' in text
    assert all(name in text for name in COUNTED_NOW)


def test_processes_that_share_a_folder_are_told_of_together(tmp_path: Path):
    script = (
        "from kbqa.metrics import ANSWERS, GATE_RUNNING; ANSWERS.labels('answered').inc(); GATE_RUNNING.set(5);"
        "from kbqa.ops.metrics import _kept; from prometheus_client import generate_latest;"
        "print(generate_latest(_kept()).decode())"
    )
    script = f"import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'kbqa.settings'; django.setup(); {script}"
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "KBQA_DATA_DIR": str(tmp_path)}

    printed = [
        subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]

    assert 'kbqa_answers_total{outcome="answered"} 2.0' in printed[1]
    assert "kbqa_gate_running 5.0" in printed[1]  # the first process is gone, and with it what it was doing
