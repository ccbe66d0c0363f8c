"""How much is asked, how much of it is answered, and how fast: figures over a number of days."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from .cache import Level
from .models import Answer

if TYPE_CHECKING:
    from kbqa.accounts.models import User

MAX_TIMES = 20_000  # of the newest turns; more would not change a percentile that anyone acts upon
NUM_UNANSWERED = 15


@dataclass(frozen=True, slots=True)
class Day:
    """One day's turns by what became of them, and how long those took that were computed."""

    date: date
    answered: int
    abstained: int
    failed: int
    p50_ms: float | None = None
    p95_ms: float | None = None

    @property
    def asked(self) -> int:
        return self.answered + self.abstained + self.failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The figures; shares and times are None where there is nothing to take them of."""

    days: tuple[Day, ...]
    asked: int
    abstained_share: float | None
    cached_share: float | None
    levels: tuple[tuple[Level, int], ...]  # where answers came from, the commonest first
    p50_ms: float | None
    p95_ms: float | None
    unanswered: tuple[tuple[str, int], ...]


def usage_of(*, user: "User", num_days: int) -> Usage:
    """Of everybody for staff, of oneself for anyone else."""
    first = timezone.localdate() - timedelta(days=num_days - 1)
    rows = Answer.objects.filter(created_at__gte=timezone.make_aware(datetime.combine(first, time.min)))
    if not user.is_staff:
        rows = rows.filter(asker=user)
    groups, times = _groups(rows), _times(rows)
    done = [group for group in groups if group.state == Answer.State.DONE]
    computed = sorted(ms for of_a_day in times.values() for ms in of_a_day)
    return Usage(
        days=tuple(_day(day, groups, times[day]) for day in (first + timedelta(days=n) for n in range(num_days))),
        asked=_sum(groups),
        abstained_share=_share(_sum(g for g in done if g.abstained), _sum(done)),
        cached_share=_share(_sum(g for g in done if g.cached), _sum(done)),
        levels=_levels(done),
        p50_ms=percentile(computed, 50),
        p95_ms=percentile(computed, 95),
        unanswered=_unanswered(rows),
    )


def percentile(ascending: Sequence[float], percent: int) -> float | None:
    """The nearest-rank percentile; None of nothing."""
    if not ascending:
        return None
    return ascending[max(0, -(-percent * len(ascending) // 100) - 1)]


@dataclass(frozen=True, slots=True)
class _Group:
    """One day's turns that ended alike, and how many they are."""

    date: date
    state: str
    abstained: bool
    cached: bool
    level: str | None
    num_turns: int

    @property
    def outcome(self) -> str:
        if self.state != Answer.State.DONE:
            return "failed"
        return "abstained" if self.abstained else "answered"


def _groups(rows: QuerySet[Answer]) -> list[_Group]:
    """Counted by the database, however many there are."""
    alike = rows.annotate(date=TruncDate("created_at")).order_by()
    columns = alike.values_list("date", "state", "abstained", "cached", "trace__cache")
    return [_Group(*group) for group in columns.annotate(n=Count("pk"))]


def _times(rows: QuerySet[Answer]) -> dict[date, list[float]]:
    """How long those took, by day, that were neither kept from before nor written by an editor."""
    done = rows.filter(state=Answer.State.DONE, cached=False).order_by("-created_at")
    times: dict[date, list[float]] = defaultdict(list)
    for created_at, ms, level in done.values_list("created_at", "timings_ms__total", "trace__cache")[:MAX_TIMES]:
        if ms is not None and level not in (Level.CURATED, Level.PLEASANTRY):
            times[timezone.localdate(created_at)].append(float(ms))
    return times


def _day(day: date, groups: Sequence[_Group], times: Sequence[float]) -> Day:
    counted: Counter[str] = Counter()
    for group in groups:
        if group.date == day:
            counted[group.outcome] += group.num_turns
    ascending = sorted(times)
    return Day(
        date=day,
        answered=counted["answered"],
        abstained=counted["abstained"],
        failed=counted["failed"],
        p50_ms=percentile(ascending, 50),
        p95_ms=percentile(ascending, 95),
    )


def _levels(groups: Sequence[_Group]) -> tuple[tuple[Level, int], ...]:
    known, counted = {level.value for level in Level}, Counter[Level]()
    for group in groups:
        if group.level in known:
            counted[Level(group.level)] += group.num_turns
    return tuple(counted.most_common())


def _sum(groups: Iterable[_Group]) -> int:
    return sum(group.num_turns for group in groups)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _unanswered(rows: QuerySet[Answer]) -> tuple[tuple[str, int], ...]:
    """The questions that were most often not answered."""
    asked = rows.filter(~Q(trace__cache=Level.PLEASANTRY) | Q(trace__cache__isnull=True), abstained=True)
    counted = asked.values_list("question").annotate(n=Count("pk")).order_by("-n", "question")
    return tuple(counted[:NUM_UNANSWERED])
