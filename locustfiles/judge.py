"""From the replies of a run to its figures, beside the table they are measured against, and what is asserted."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ANSWERS = ("frequent", "fresh", "chinese", "unanswerable", "conversation: question", "conversation: again")
DESIGN = {100: (86.0, 0.0), 1000: (192.0, 0.2), 5000: (487.0, 1.8)}  # users → (p50 ms, errors %)
MOST_GROWTH = 487 / 86
LEAST_HIT_RATE = 0.78
MOST_ERRORS = (0.0, 0.1, 1.0)  # per cent, from the first stage to the last


@dataclass(frozen=True, slots=True)
class Reply:
    """One line of the recorder."""

    at: float
    users: int
    name: str
    ms: float
    outcome: str


@dataclass(frozen=True, slots=True)
class Stage:
    """What one number of users met, once all had come."""

    users: int
    answers: int
    per_s: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    errors_percent: float
    shed_percent: float


def replies_of(log: Path) -> list[Reply]:
    return [Reply(*json.loads(line)) for line in log.read_text().splitlines()]


def stages(replies: Sequence[Reply], planned: Sequence[tuple[int, float]], *, started: float) -> list[Stage]:
    """A row a stage; its first quarter, while users still come, is left out."""
    rows, begin = [], started
    for users, seconds in planned:
        held = [r for r in replies if begin + seconds / 4 <= r.at < begin + seconds]
        asked = [r for r in held if r.name in ANSWERS]
        shed = sum(r.name == "shed" for r in held)
        ms = sorted(r.ms for r in asked if r.outcome == "ok")
        total = len(asked) + shed
        rows.append(
            Stage(
                users=users,
                answers=len(asked),
                per_s=round(len(asked) / (seconds * 3 / 4), 1),
                p50_ms=round(percentile(ms, 50), 1),
                p95_ms=round(percentile(ms, 95), 1),
                p99_ms=round(percentile(ms, 99), 1),
                errors_percent=round(100 * sum(r.outcome == "error" for r in held) / max(1, len(held)), 3),
                shed_percent=round(100 * shed / max(1, total), 2),
            )
        )
        begin += seconds
    return rows


def percentile(ordered: Sequence[float], percent: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


def milestones(replies: Sequence[Reply]) -> dict[str, float]:
    """The median of each of a stream's milestones, in milliseconds."""
    names = ("stream: accepted", "stream: first citation", "stream: first token", "stream: done")
    return {name: round(percentile(sorted(r.ms for r in replies if r.name == name), 50), 1) for name in names}


def verdict(
    rows: Sequence[Stage], *, hit_rate: float, replies: Sequence[Reply], is_short: bool
) -> list[dict[str, object]]:
    """What is asserted, with what was seen; a smoke run asserts no rates, it is too short for them."""
    errors = [r for r in replies if r.outcome == "error"]
    if is_short:
        return [_held("errors", len(errors), "==", 0, not errors)]
    checks = [
        _held(f"errors at {row.users} users, %", row.errors_percent, "<=", most, row.errors_percent <= most)
        for row, most in zip(rows, MOST_ERRORS, strict=False)
    ]
    growth = rows[-1].p50_ms / max(rows[0].p50_ms, 0.1)
    ill = Counter(r.outcome for r in replies if r.name == "health")["error"]
    return [
        *checks,
        _held("p50 growth, first to last stage", round(growth, 2), "<=", round(MOST_GROWTH, 2), growth <= MOST_GROWTH),
        _held("cache hit rate", round(hit_rate, 3), ">=", LEAST_HIT_RATE, hit_rate >= LEAST_HIT_RATE),
        _held("health probes that failed", ill, "==", 0, not ill),
    ]


def beside_design(rows: Sequence[Stage]) -> list[dict[str, object]]:
    return [
        {**asdict(row), "design_p50_ms": DESIGN[row.users][0], "design_errors_percent": DESIGN[row.users][1]}
        if row.users in DESIGN
        else asdict(row)
        for row in rows
    ]


def _held(what: str, seen: float, sign: str, limit: float, holds: bool) -> dict[str, object]:
    return {"what": what, "seen": seen, "limit": f"{sign} {limit}", "holds": holds}
