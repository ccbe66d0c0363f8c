"""Ours beside a peer's, in one process, turn by turn: A B A B, so that a busy machine slows both alike.

Each call is timed alone after a warm-up; medians are compared. ``ratio`` above 1 always means
ours is better. A run ends in one JSON line: {"name", "rows": [{"case", "ours", "peer", "ratio", "unit", …}]}.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Generic, TypeVar

In = TypeVar("In")
Out = TypeVar("Out")

Row = dict[str, str | float]

READING_SETS = Path(__file__).resolve().parents[2] / "shared" / "data" / "reading"  # no part of the repository
SQUAD = READING_SETS / "squad_v1.dev.jsonl.gz"


def paired(
    case: str,
    *,
    ours: Callable[[], object],
    peer: Callable[[], object],
    work: float = 1.0,
    unit: str = "/s",
    repeats: int = 15,
    clock: Callable[[], float] = time.perf_counter,
    **figures: float,
) -> Row:
    """A row of the table: ``work`` units a call as a rate; with ``unit`` "ms", the time of a call instead.

    ``clock`` may be `time.thread_time` where both sides work on the calling thread alone.
    """
    sides = (ours, peer)
    for side in sides:
        side()
        side()
    turns = alternated(lambda _: ours(), lambda _: peer(), range(repeats), clock=clock)
    ours_s, peer_s = (median(side.seconds) for side in turns)
    as_shown = (lambda seconds: seconds * 1000) if unit == "ms" else (lambda seconds: work / seconds)
    return row(case, ours=as_shown(ours_s), peer=as_shown(peer_s), ratio=peer_s / ours_s, unit=unit, **figures)


@dataclass(slots=True)
class Turns(Generic[Out]):
    """What one side took and gave, turn by turn."""

    seconds: list[float] = field(default_factory=list)
    given: list[Out] = field(default_factory=list)


def alternated(
    ours: Callable[[In], Out],
    peer: Callable[[In], Out],
    work: Iterable[In],
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[Turns[Out], Turns[Out]]:
    """Every piece of work by both sides, one after the other, the first one changing."""
    sides, turns = (ours, peer), (Turns[Out](), Turns[Out]())
    for number, piece in enumerate(work):
        for place in (0, 1) if number % 2 else (1, 0):
            started = clock()
            given = sides[place](piece)
            turns[place].seconds.append(clock() - started)
            turns[place].given.append(given)
    return turns


def row(case: str, *, ours: float, peer: float, ratio: float, unit: str, **figures: float) -> Row:
    return {
        "case": case,
        "ours": round(ours, 2),
        "peer": round(peer, 2),
        "ratio": round(ratio, 2),
        "unit": unit,
        **{name: round(value, 5) for name, value in figures.items()},
    }


def report(name: str, rows: Sequence[Row], **facts: object) -> None:
    """The table for people, then the line for programs."""
    print(f"{name} on {machine()}")
    for each in rows:
        extra = "".join(f"  {key} {value}" for key, value in each.items() if key not in _COLUMNS)
        print(f"  {each['case']:<34} {each['ours']:>10} {each['peer']:>10} {each['unit']:<6} ×{each['ratio']}{extra}")
    print(json.dumps({"name": name, "rows": list(rows), **facts}))


def machine() -> str:
    """The processor, its cores and how busy they were."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        model = next((line.split(":")[1].strip() for line in cpuinfo.open() if line.startswith("model name")), model)
    return f"{model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


_COLUMNS = ("case", "ours", "peer", "ratio", "unit")
