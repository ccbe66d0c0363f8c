"""How many cores this process may use, and how many processes and threads suit so many."""

import os
from pathlib import Path

_QUOTA = Path("/sys/fs/cgroup/cpu.max")  # cgroup v2: microseconds of processor time in each period, or max


def num_cores(quota: Path = _QUOTA) -> int:
    """Those the scheduler gives us, and no more than a container's quota is worth; at least one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        allowed, period = quota.read_text().split()
        return max(1, min(cores, int(allowed) // int(period)))
    except (OSError, ValueError):
        return cores


def web_workers(cores: int) -> int:
    """One for every two cores: beside them the engine, the worker and the database want their own."""
    return max(1, min(4, cores // 2))


def engine_threads(cores: int) -> int:
    """Half of the cores; beyond eight the networks are too small to share."""
    return max(1, min(8, cores // 2))
