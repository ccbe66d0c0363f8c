"""Two runs of one test set side by side: what became worse first, for that is what one has to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kbqa.errors import Invalid

from .models import Run, RunCase
from .outcomes import compare
from .runs import outcome_of

_HEAVY = ("passages", "citations", "trace", "timings_ms", "passage")


@dataclass(frozen=True, slots=True)
class Pair:
    """One case in both runs; ``change`` is that of its credit, from -1 to 1."""

    before: RunCase
    after: RunCase
    change: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """``summary`` as `manage.py evaluate --compare` gives it; the pairs that changed, the worst first."""

    summary: dict[str, Any]  # Any: JSON
    changed: Sequence[Pair]
    num_same: int


def runs_compare(before: Run, after: Run) -> Comparison:
    if before.test_set_id != after.test_set_id:
        raise Invalid("Only runs of one test set can be compared.", field="before")
    then, now = _asked(before), _asked(after)
    pairs = [_pair(then[case_id], row) for case_id, row in now.items() if case_id in then]
    changed = [pair for pair in pairs if pair.change or pair.before.verdict != pair.after.verdict]
    summary = compare([outcome_of(pair.before) for pair in pairs], [outcome_of(pair.after) for pair in pairs])
    return Comparison(summary, sorted(changed, key=lambda pair: pair.change), len(pairs) - len(changed))


def _asked(run: Run) -> dict[int, RunCase]:
    """By case; one that was deleted since has nothing to be compared by."""
    rows = run.cases.exclude(verdict="").exclude(case=None).order_by("position").defer(*_HEAVY)
    return {row.case_id: row for row in rows if row.case_id is not None}


def _pair(before: RunCase, after: RunCase) -> Pair:
    return Pair(before, after, round(outcome_of(after).credit - outcome_of(before).credit, 4))
