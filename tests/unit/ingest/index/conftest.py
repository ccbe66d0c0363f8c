"""A folder for segments, with nothing else in it."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "index"
    folder.mkdir()
    return folder
