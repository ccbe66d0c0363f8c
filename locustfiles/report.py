"""A run's report: summary.json, the page, and each plot as SVG and PNG, in one folder."""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from . import judge
from .caches import Levels, hit_rate
from .drawing import Layout, Point, as_png, as_svg, layout
from .page import page
from .stages import stages_of
from .trouble import Trouble
from .watch import Watch

BUSY_GENERATOR = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All that was noted of a run."""

    profile: str
    machine: str
    stages: str
    is_open: bool
    replies: Sequence[judge.Reply]
    watch: Watch
    levels: Levels
    hits: Sequence[Point]
    trouble: Trouble

    @property
    def started(self) -> float:
        return min((reply.asked_at for reply in self.replies), default=self.watch.started)


def write_report(seen: Seen, folder: Path) -> dict[str, object]:
    """The summary, which is also on the disk."""
    rows = judge.stages(seen.replies, stages_of(seen.stages), started=seen.started)
    run = judge.Run(
        rows=rows,
        replies=seen.replies,
        hit_rate=hit_rate(seen.levels),
        is_short=seen.profile == "smoke",
        is_open=seen.is_open,
        killed=seen.trouble.kill,
        killed_at=next((moment for moment, what in seen.trouble.marks if what.endswith("killed")), 0.0),
        facts=seen.trouble.facts,
    )
    table, figures = judge.beside_design(rows, is_open=seen.is_open), _figures(seen)
    summary = {
        "profile": seen.profile,
        "machine": seen.machine,
        "asserted": judge.verdict(run),
        "stages": table,
        "design": judge.design(),
        **figures,
    }
    (folder / "summary.json").write_text(json.dumps(summary, indent=2))
    plots = _plots(seen, folder)
    for name, drawn in plots.items():
        (folder / f"{name}.svg").write_text(as_svg(drawn))
        (folder / f"{name}.png").write_bytes(as_png(drawn))
    (folder / "index.html").write_text(
        page(
            title=f"Under load: {seen.profile}",
            machine=seen.machine,
            rows=table,
            checks=judge.verdict(run),
            figures=_flat(figures),
            plots=[as_svg(drawn) for drawn in plots.values()],
        )
    )
    return summary


def _figures(seen: Seen) -> dict[str, object]:
    """What is told and not asserted."""
    busiest = judge.percentile(sorted(seen.watch.busiest["generator"]), 95)
    of_site = [seen.watch.memory[name] for name in ("server", "engine") if name in seen.watch.memory]
    memory = [sum(mib for _, mib in moment) for moment in zip(*of_site, strict=False)]
    return {
        "cache_hit_rate": round(hit_rate(seen.levels), 3),
        "cache_levels": seen.levels,
        "stream_p50_ms": judge.milestones(seen.replies),
        "answered_the_unanswerable": sum(reply.name == "answered the unanswerable" for reply in seen.replies),
        "generator_cpu_p95_percent": round(busiest, 1),
        "generator_saturated": busiest > BUSY_GENERATOR,
        "server_memory_first_mib": round(memory[0]) if memory else 0,
        "server_memory_peak_mib": round(max(memory, default=0.0)),
        **seen.trouble.facts,
    }


def _flat(figures: Mapping[str, object]) -> dict[str, object]:
    """One line a figure."""
    lines: dict[str, object] = {}
    for name, seen in figures.items():
        inner = {f"{name}: {each}": value for each, value in seen.items()} if isinstance(seen, dict) else {name: seen}
        lines |= {what.replace("_", " "): value for what, value in inner.items()}
    return lines


def _plots(seen: Seen, folder: Path) -> dict[str, Layout]:
    marks = [(moment - seen.started, what) for moment, what in seen.trouble.marks]
    lasting = sum(seconds for _, seconds in stages_of(seen.stages))
    late = seen.started - seen.watch.started

    def over_time(title: str, series: Mapping[str, Sequence[Point]], *, unit: str) -> Layout:
        return layout(title, series, unit=unit, until=lasting, marks=marks)

    def watched(by_name: Mapping[str, Sequence[Point]]) -> dict[str, list[Point]]:
        return {name: [(second - late, y) for second, y in line if second >= late] for name, line in by_name.items()}

    def each_second(figure: Callable[[Sequence[judge.Reply]], float]) -> list[Point]:
        return _per_second(seen.replies, seen.started, figure)

    return {
        "users": over_time("Questions", {"asked": _steps(stages_of(seen.stages))}, unit="a second")
        if seen.is_open
        else over_time("Users", {"users": _users(folder, seen.started)}, unit="at once"),
        "throughput": over_time(
            "Replies",
            {
                "answers": each_second(lambda each: sum(r.name in judge.ANSWERS for r in each)),
                "shed": each_second(lambda each: sum(r.name == "shed" for r in each)),
                "errors": each_second(lambda each: sum(r.outcome == "error" for r in each)),
            },
            unit="a second",
        ),
        "latency": over_time(
            "Latency of answers",
            {f"p{percent}": each_second(partial(_latency, percent=percent)) for percent in (50, 95, 99)},
            unit="ms",
        ),
        "caches": over_time("Answered by a cache", {"hits": [p for p in seen.hits if p[0] >= 0]}, unit="%"),
        "cpu": over_time("CPU", watched(seen.watch.cpu), unit="% of a core"),
        "memory": over_time("Memory", watched(seen.watch.memory), unit="MiB"),
    }


def _latency(each: Sequence[judge.Reply], *, percent: float) -> float:
    return judge.percentile(sorted(r.ms for r in each if r.name in judge.ANSWERS), percent)


def _per_second(
    replies: Sequence[judge.Reply], started: float, figure: Callable[[Sequence[judge.Reply]], float]
) -> list[Point]:
    """A point a second, seconds without any reply too: a gap is what a plot is for."""
    by_second: dict[int, list[judge.Reply]] = {}
    for reply in replies:
        by_second.setdefault(int(reply.at - started), []).append(reply)
    return [(float(second), float(figure(by_second.get(second, [])))) for second in range(max(by_second, default=0))]


def _users(folder: Path, started: float) -> list[Point]:
    """From Locust's own history, which counts over all its processes."""
    history = folder / "locust_stats_history.csv"
    if not history.is_file():
        return []
    with history.open(newline="") as rows:
        found = [(float(row["Timestamp"]) - started, float(row["User Count"])) for row in csv.DictReader(rows)]
    return [point for point in found if point[0] >= 0]


def _steps(stages: Sequence[tuple[int, float]]) -> list[Point]:
    points, begin = [], 0.0
    for number, seconds in stages:
        points += [(begin, float(number)), (begin + seconds, float(number))]
        begin += seconds
    return points
