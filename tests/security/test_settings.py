"""Production settings: Django's own deployment check is silent, and a dangerous start is refused."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "KBQA_HTTPS": "1",
    "KBQA_ALLOWED_HOSTS": "kb.example.org",
    "KBQA_TRUSTED_ORIGINS": "https://kb.example.org",
    "KBQA_NUM_PROXIES": "1",
}


def start(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KBQA_")}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**clean, "KBQA_DATA_DIR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_deployment_check_has_nothing_to_say(tmp_path: Path):
    checked = start(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert checked.returncode == 0, checked.stderr
    assert "no issues (0 silenced)" in checked.stdout


@pytest.mark.parametrize("key", ["short", "x" * 60, "django-insecure-0123456789abcdefghijklmnopqrstuvwxyz0123456789"])
def test_a_weak_secret_stops_the_start_with_its_name(tmp_path: Path, key: str):
    started = start(tmp_path, "check", KBQA_SECRET_KEY=key)

    assert started.returncode != 0
    assert "KBQA_SECRET_KEY" in started.stderr
    assert key not in started.stderr


def test_a_sign_in_header_without_a_proxy_stops_the_start(tmp_path: Path):
    started = start(tmp_path, "check", KBQA_SIGN_IN_HEADER="Remote-User")

    assert started.returncode != 0
    assert "KBQA_NUM_PROXIES" in started.stderr


def test_a_secret_made_at_the_first_start_is_for_its_owner_alone_and_stays(tmp_path: Path):
    start(tmp_path, "check")
    first = (tmp_path / "secret_key").read_text()
    start(tmp_path, "check")

    assert len(first) >= 80
    assert (tmp_path / "secret_key").read_text() == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
