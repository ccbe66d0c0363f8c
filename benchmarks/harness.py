"""Ours beside a peer's, in one process, turn by turn: A B A B, so that a busy machine slows both alike.

Each call is timed alone after a warm-up; medians are compared. ``ratio`` above 1 always means
ours is better. A run ends in one JSON line: {"name", "rows": [{"case", "ours", "peer", "ratio", "unit", …}]}.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

Row = dict[str, str | float]


def paired(
    case: str,
    *,
    ours: Callable[[], object],
    peer: Callable[[], object],
    work: float = 1.0,
    unit: str = "/s",
    repeats: int = 15,
    **figures: float,
) -> Row:
    """A row of the table: ``work`` units a call as a rate; with ``unit`` "ms", the time of a call instead."""
    sides = (ours, peer)
    for side in sides:
        side()
        side()
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(repeats):
        for place in (0, 1) if turn % 2 else (1, 0):
            started = time.perf_counter()
            sides[place]()
            times[place].append(time.perf_counter() - started)
    ours_s, peer_s = (median(kept) for kept in times)
    as_shown = (lambda seconds: seconds * 1000) if unit == "ms" else (lambda seconds: work / seconds)
    return row(case, ours=as_shown(ours_s), peer=as_shown(peer_s), ratio=peer_s / ours_s, unit=unit, **figures)


def row(case: str, *, ours: float, peer: float, ratio: float, unit: str, **figures: float) -> Row:
    return {
        "case": case,
        "ours": round(ours, 2),
        "peer": round(peer, 2),
        "ratio": round(ratio, 2),
        "unit": unit,
        **{name: round(value, 5) for name, value in figures.items()},
    }


def report(name: str, rows: Sequence[Row]) -> None:
    """The table for people, then the line for programs."""
    print(f"{name} on {machine()}")
    for each in rows:
        extra = "".join(f"  {key} {value}" for key, value in each.items() if key not in _COLUMNS)
        print(f"  {each['case']:<34} {each['ours']:>10} {each['peer']:>10} {each['unit']:<6} ×{each['ratio']}{extra}")
    print(json.dumps({"name": name, "rows": list(rows)}))


def machine() -> str:
    """The processor, its cores and how busy they were."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        model = next((line.split(":")[1].strip() for line in cpuinfo.open() if line.startswith("model name")), model)
    return f"{model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


_COLUMNS = ("case", "ours", "peer", "ratio", "unit")
