"""Processes and threads follow the cores, and those a container's quota."""

from pathlib import Path

import pytest

from kbqa.settings.machine import engine_threads, num_cores, web_workers


@pytest.mark.parametrize(
    ("written", "cores"), [("100000 100000\n", 1), ("50000 100000\n", 1), ("max 100000\n", None), ("nonsense", None)]
)
def test_a_quota_bounds_the_cores(tmp_path: Path, written: str, cores: int | None):
    quota = tmp_path / "cpu.max"
    quota.write_text(written)

    assert num_cores(quota) == (cores or num_cores(tmp_path / "absent"))


@pytest.mark.parametrize(("cores", "workers", "threads"), [(1, 1, 1), (2, 1, 1), (4, 2, 2), (8, 4, 4), (64, 4, 8)])
def test_so_many_suit_so_many(cores: int, workers: int, threads: int):
    assert (web_workers(cores), engine_threads(cores)) == (workers, threads)
