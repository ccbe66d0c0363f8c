"""How much is asked, how much of it is answered, and how fast: figures over a number of days."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, QuerySet
from django.utils import timezone

from .models import Answer

if TYPE_CHECKING:
    from kbqa.accounts.models import User

MAX_TURNS = 20_000  # the newest; more would not change a percentile that anyone acts upon
NUM_UNANSWERED = 15


@dataclass(frozen=True, slots=True)
class Day:
    """One day's turns by what became of them."""

    date: date
    answered: int
    abstained: int
    failed: int

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
    p50_ms: float | None
    p95_ms: float | None
    unanswered: tuple[tuple[str, int], ...]


def usage_of(*, user: "User", num_days: int) -> Usage:
    """Of everybody for staff, of oneself for anyone else."""
    first = timezone.localdate() - timedelta(days=num_days - 1)
    rows = Answer.objects.filter(created_at__gte=timezone.now() - timedelta(days=num_days))
    if not user.is_staff:
        rows = rows.filter(asker=user)
    turns = list(
        rows.order_by("-created_at").values_list("created_at", "state", "abstained", "cached", "timings_ms__total")[
            :MAX_TURNS
        ]
    )
    done = [turn for turn in turns if turn[1] == Answer.State.DONE]
    times = sorted(float(turn[4]) for turn in done if turn[4] is not None and not turn[3])
    return Usage(
        days=_days(turns, first, num_days),
        asked=len(turns),
        abstained_share=_share(sum(turn[2] for turn in done), len(done)),
        cached_share=_share(sum(turn[3] for turn in done), len(done)),
        p50_ms=percentile(times, 50),
        p95_ms=percentile(times, 95),
        unanswered=_unanswered(rows),
    )


def percentile(ascending: Sequence[float], percent: int) -> float | None:
    """The nearest-rank percentile; None of nothing."""
    if not ascending:
        return None
    return ascending[max(0, -(-percent * len(ascending) // 100) - 1)]


def _days(turns: Sequence[tuple[Any, ...]], first: date, num_days: int) -> tuple[Day, ...]:  # Any: a row's columns
    """Every day of the span, those without a question too."""
    counted: Counter[tuple[date, str]] = Counter()
    for created_at, state, abstained, *_ in turns:
        what = "failed" if state != Answer.State.DONE else "abstained" if abstained else "answered"
        counted[timezone.localdate(created_at), what] += 1
    dates = [first + timedelta(days=n) for n in range(num_days)]
    return tuple(Day(day, *(counted[day, what] for what in ("answered", "abstained", "failed"))) for day in dates)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _unanswered(rows: QuerySet[Answer]) -> tuple[tuple[str, int], ...]:
    """The questions that were most often not answered."""
    counted = rows.filter(abstained=True).values_list("question").annotate(n=Count("pk")).order_by("-n", "question")
    return tuple(counted[:NUM_UNANSWERED])
