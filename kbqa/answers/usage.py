"""How much is asked, how much of it is answered, and how fast: figures over a number of days."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from .cache import Level
from .models import Answer

if TYPE_CHECKING:
    from kbqa.accounts.models import User

MAX_TURNS = 20_000  # the newest; more would not change a percentile that anyone acts upon
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
    rows = Answer.objects.filter(created_at__gte=timezone.now() - timedelta(days=num_days))
    if not user.is_staff:
        rows = rows.filter(asker=user)
    columns = ("created_at", "state", "abstained", "cached", "timings_ms__total", "trace__cache")
    turns = [_Turn(*row) for row in rows.order_by("-created_at").values_list(*columns)[:MAX_TURNS]]
    done = [turn for turn in turns if turn.state == Answer.State.DONE]
    times = sorted(turn.computed_ms for turn in done if turn.computed_ms is not None)
    return Usage(
        days=_days(turns, first, num_days),
        asked=len(turns),
        abstained_share=_share(sum(turn.abstained for turn in done), len(done)),
        cached_share=_share(sum(turn.cached for turn in done), len(done)),
        levels=_levels(done),
        p50_ms=percentile(times, 50),
        p95_ms=percentile(times, 95),
        unanswered=_unanswered(rows),
    )


def percentile(ascending: Sequence[float], percent: int) -> float | None:
    """The nearest-rank percentile; None of nothing."""
    if not ascending:
        return None
    return ascending[max(0, -(-percent * len(ascending) // 100) - 1)]


@dataclass(frozen=True, slots=True)
class _Turn:
    """The columns that figures are taken of."""

    created_at: datetime
    state: str
    abstained: bool
    cached: bool
    total_ms: float | None
    level: str | None

    @property
    def outcome(self) -> str:
        if self.state != Answer.State.DONE:
            return "failed"
        return "abstained" if self.abstained else "answered"

    @property
    def computed_ms(self) -> float | None:
        """How long it took, if it was neither kept from before nor written by an editor."""
        was_there = self.cached or self.level in (Level.CURATED, Level.PLEASANTRY) or self.outcome == "failed"
        return None if was_there or self.total_ms is None else float(self.total_ms)


def _days(turns: Sequence[_Turn], first: date, num_days: int) -> tuple[Day, ...]:
    """Every day of the span, those without a question too."""
    by_date: dict[date, list[_Turn]] = defaultdict(list)
    for turn in turns:
        by_date[timezone.localdate(turn.created_at)].append(turn)
    return tuple(_day(day, by_date[day]) for day in (first + timedelta(days=n) for n in range(num_days)))


def _day(day: date, turns: Sequence[_Turn]) -> Day:
    counted = Counter(turn.outcome for turn in turns)
    times = sorted(turn.computed_ms for turn in turns if turn.computed_ms is not None)
    return Day(
        date=day,
        answered=counted["answered"],
        abstained=counted["abstained"],
        failed=counted["failed"],
        p50_ms=percentile(times, 50),
        p95_ms=percentile(times, 95),
    )


def _levels(turns: Sequence[_Turn]) -> tuple[tuple[Level, int], ...]:
    known = {level.value for level in Level}
    return tuple(Counter(Level(turn.level) for turn in turns if turn.level in known).most_common())


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _unanswered(rows: QuerySet[Answer]) -> tuple[tuple[str, int], ...]:
    """The questions that were most often not answered."""
    asked = rows.filter(~Q(trace__cache=Level.PLEASANTRY) | Q(trace__cache__isnull=True), abstained=True)
    counted = asked.values_list("question").annotate(n=Count("pk")).order_by("-n", "question")
    return tuple(counted[:NUM_UNANSWERED])
