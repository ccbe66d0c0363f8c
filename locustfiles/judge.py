"""From the replies of a run to its figures, beside the table they are measured against, and what is asserted."""

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ANSWERS = ("frequent", "fresh", "chinese", "unanswerable", "conversation: question", "conversation: again")
DESIGN = {100: (86.0, 0.0), 1000: (192.0, 0.2), 5000: (487.0, 1.8)}  # users → (p50 ms, errors %)
MOST_GROWTH = round(487 / 86, 2)
LEAST_HIT_RATE = 0.78
MOST_ERRORS = ((100, 0.0), (1000, 0.1))  # up to so many users, per cent
MOST_ERRORS_BEYOND = 1.0
MOST_SLOWER_WHILE_INGESTING = 2.0
MOST_RECOVERY_S = {"engine": 60.0, "worker": 10.0}

Check = dict[str, object]
_HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
}  # Any: numbers


@dataclass(frozen=True, slots=True)
class Reply:
    """One line of the recorder."""

    at: float
    name: str
    ms: float
    outcome: str

    @property
    def asked_at(self) -> float:
        return self.at - self.ms / 1e3


@dataclass(frozen=True, slots=True)
class Stage:
    """What one number of users met, or of questions a second, once all had come."""

    users: int
    answers: int
    per_s: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    errors_percent: float
    shed_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What is judged: the stages, every reply, how often a cache answered, and what troubled the run."""

    rows: Sequence[Stage]
    replies: Sequence[Reply]
    hit_rate: float
    is_short: bool = False
    is_open: bool = False
    killed: str | None = None
    killed_at: float = 0.0
    facts: Mapping[str, object] = field(default_factory=dict)


def replies_of(folder: Path) -> list[Reply]:
    """What every process of the generator wrote, in order of time."""
    lines = [line for file in folder.glob("*.jsonl") for line in file.read_text().splitlines()]
    return sorted((Reply(*json.loads(line)) for line in lines), key=lambda reply: reply.at)


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
    return {
        name: round(percentile(sorted(r.ms for r in replies if r.name == f"stream: {name}"), 50), 1)
        for name in ("accepted", "first citation", "first token", "done")
    }


def verdict(run: Run) -> list[Check]:
    """What is asserted of this kind of run, with what was seen; a smoke run is too short for rates."""
    errors = [r for r in run.replies if r.outcome == "error"]
    checks = [at_most("stages without an answer", sum(not row.answers for row in run.rows), 0)]
    if run.is_short:
        return [*checks, at_most("errors", len(errors), 0)]
    checks += [_of_stage(row, is_open=run.is_open) for row in run.rows]
    if not run.is_open and run.rows[-1].users > run.rows[0].users:
        growth = run.rows[-1].p50_ms / max(run.rows[0].p50_ms, 0.1)
        checks.append(at_most("p50 growth, first to last stage", round(growth, 2), MOST_GROWTH))
    if not run.is_open and not run.killed and not run.facts.get("documents_ingested"):
        checks.append(_check("cache hit rate", round(run.hit_rate, 3), ">=", LEAST_HIT_RATE))
    checks.append(at_most("health probes that failed", sum(r.name == "health" for r in errors), 0))
    return [*checks, *_of_ingestion(run), *_of_the_killed(run)]


def _of_stage(row: Stage, *, is_open: bool) -> Check:
    if is_open:
        return at_most(f"errors at {row.users} questions a second, %", row.errors_percent, MOST_ERRORS_BEYOND)
    most = next((most for users, most in MOST_ERRORS if row.users <= users), MOST_ERRORS_BEYOND)
    return at_most(f"errors at {row.users} users, %", row.errors_percent, most)


def _of_ingestion(run: Run) -> list[Check]:
    if not run.facts.get("documents_ingested"):
        return []
    checks = [_check("ingestion finished", run.facts.get("ingestion_finished", False), "==", True)]
    if len(run.rows) > 1:
        slower = run.rows[-1].p99_ms / max(run.rows[-2].p99_ms, 0.1)
        checks.append(at_most("p99 while documents come, to before", round(slower, 2), MOST_SLOWER_WHILE_INGESTING))
    return checks


def _of_the_killed(run: Run) -> list[Check]:
    """Nobody is told more than *busy*, and questions no cache holds are soon answered again."""
    if run.killed is None:
        return []
    errors = sum(r.outcome == "error" and r.at >= run.killed_at for r in run.replies)
    recovered, bound = recovery_s(run.replies, since=run.killed_at), MOST_RECOVERY_S[run.killed]
    what = "seconds until a new question is answered"
    return [
        at_most(f"errors since the {run.killed} was killed", errors, 0),
        at_most(what, round(recovered, 1), bound)
        if recovered is not None
        else {"what": what, "seen": "never", "must_be": "<=", "bound": bound, "holds": False},
    ]


def recovery_s(replies: Sequence[Reply], *, since: float) -> float | None:
    """How long until the first answer to a question that was asked afterwards and that no cache held; None: never."""
    answered = (r.at for r in replies if r.name == "fresh" and r.outcome == "ok" and r.asked_at >= since)
    first = min(answered, default=None)
    return None if first is None else first - since


def beside_design(rows: Sequence[Stage], *, is_open: bool = False) -> list[dict[str, object]]:
    """The stages as rows of a table; where the design names a number of users, with what it has there."""
    if is_open:
        return [
            {"asked_per_s" if name == "users" else name: seen for name, seen in asdict(row).items()} for row in rows
        ]
    return [
        {**asdict(row), "design_p50_ms": DESIGN[row.users][0], "design_errors_percent": DESIGN[row.users][1]}
        if row.users in DESIGN
        else asdict(row)
        for row in rows
    ]


def design() -> dict[str, object]:
    """The table the product was designed to."""
    rows = [{"users": users, "p50_ms": p50, "errors_percent": errors} for users, (p50, errors) in DESIGN.items()]
    return {"stages": rows, "cache_hit_rate": LEAST_HIT_RATE, "p50_growth": MOST_GROWTH}


def at_most(what: str, seen: float, bound: float) -> Check:
    return _check(what, seen, "<=", bound)


def at_least(what: str, seen: float, bound: float) -> Check:
    return _check(what, seen, ">=", bound)


def _check(what: str, seen: object, must_be: str, bound: object) -> Check:
    holds = _HOLDS[must_be](seen, bound)
    return {"what": what, "seen": seen, "must_be": must_be, "bound": bound, "holds": bool(holds)}
