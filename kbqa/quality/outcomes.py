"""What became of each case of a run, the figures over all of them, and two runs side by side."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from inference.score import auroc, calibration_error, exact_match, f1, interval, risk_coverage

RIGHT_F1 = 0.5  # an answer is called right from this F1 on, as the calibration has it
KS = (1, 5, 10)


class Verdict(StrEnum):
    """Right, wrong, or silent where there was something to say; silence is right where there was not."""

    RIGHT = "right"
    WRONG = "wrong"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One case as answered.

    ``answer`` is what was said, or would have been said had silence not been chosen; ``quote``
    is the sentence it stands in. ``rank`` is the place of the first passage that holds the
    gold answer where it was asked of, None where none did or nothing was retrieved. Where no
    answer is given but the passage that should be found, ``in_passage`` says whether the
    quote stands in it; without either, silence is what is wanted.
    """

    id: str
    golds: tuple[str, ...]
    answer: str
    quote: str
    confidence: float
    abstained: bool
    ms: float
    rank: int | None = None
    in_passage: bool | None = None
    kind: str = ""

    @property
    def wants_answer(self) -> bool:
        return bool(self.golds) or self.in_passage is not None

    @property
    def f1(self) -> float:
        return f1(self.answer, self.golds)

    @property
    def em(self) -> float:
        return exact_match(self.answer, self.golds)

    @property
    def is_right(self) -> bool:
        if not self.golds:
            return bool(self.in_passage)
        return bool(self.answer) and (self.f1 >= RIGHT_F1 or self.quote_holds_gold_alone)

    @property
    def quote_holds_gold(self) -> bool:
        return any(gold in self.quote for gold in self.golds)

    @property
    def quote_holds_gold_alone(self) -> bool:
        """A reader that answers in sentences is right when the sentence holds the answer."""
        return self.answer == self.quote and self.quote_holds_gold

    @property
    def credit(self) -> float:
        """F1 as a reader would feel it: silence is right where there is no answer, and only there."""
        if self.abstained:
            return float(not self.wants_answer)
        return self.f1 if self.golds else float(self.is_right)

    @property
    def verdict(self) -> Verdict:
        """What a reader would say of it."""
        if self.abstained:
            return Verdict.SILENT if self.wants_answer else Verdict.RIGHT
        return Verdict.RIGHT if self.is_right else Verdict.WRONG


def figures(outcomes: Sequence[Outcome], *, recall: bool = False) -> dict[str, Any]:  # Any: JSON
    """Every figure of a run; percentages for EM and F1, shares otherwise, intervals of 95 %."""
    asked = [outcome for outcome in outcomes if outcome.golds]
    exact = [outcome for outcome in asked if outcome.em]
    wanting = [outcome for outcome in outcomes if outcome.wants_answer]
    measured: dict[str, Any] = {"questions": len(outcomes), "answerable": len(wanting)}  # Any: JSON
    for verdict in Verdict:
        measured |= _mean(verdict.value, [float(o.verdict is verdict) for o in outcomes], digits=4)
    measured |= _mean("em", [100 * outcome.em for outcome in asked])
    measured |= _mean("f1", [100 * outcome.f1 for outcome in asked])
    measured |= _mean("f1_with_silence", [100 * outcome.credit for outcome in outcomes])
    measured |= _mean("quote_holds_answer", [float(outcome.quote_holds_gold) for outcome in asked], digits=4)
    measured["citation_precision"] = round(_share([outcome.quote_holds_gold for outcome in exact]), 4)
    if recall:
        for k in KS:
            found = [float(outcome.rank is not None and outcome.rank <= k) for outcome in wanting]
            measured |= _mean(f"recall@{k}", found, digits=4)
    sure, right = [outcome.confidence for outcome in outcomes], [outcome.is_right for outcome in outcomes]
    measured["auroc"] = round(auroc(sure, [outcome.wants_answer for outcome in outcomes]), 4)
    measured["auroc_right"] = round(auroc(sure, right), 4)
    measured["ece"] = round(calibration_error(sure, right), 4)
    measured["abstained"] = round(_share([outcome.abstained for outcome in outcomes]), 4)
    times = np.asarray([outcome.ms for outcome in outcomes] or [0.0])
    for name, percentile in (("p50_ms", 50), ("p95_ms", 95)):
        measured[name] = round(float(np.percentile(times, percentile)), 1)
    return measured


def by_kind(outcomes: Sequence[Outcome]) -> dict[str, dict[str, int]]:
    """How many of each kind of question were right, wrong and silent; nothing where the set names no kinds."""
    kinds = dict.fromkeys(outcome.kind for outcome in outcomes if outcome.kind)
    return {
        kind: {verdict.value: sum(o.kind == kind and o.verdict is verdict for o in outcomes) for verdict in Verdict}
        for kind in kinds
    }


def reliability(outcomes: Sequence[Outcome], *, num_bins: int = 10) -> list[tuple[float, float, int]]:
    """(mean confidence, share right, count) of each bin of equal width that holds any."""
    bins: dict[int, list[Outcome]] = {}
    for outcome in outcomes:
        bins.setdefault(min(num_bins - 1, int(outcome.confidence * num_bins)), []).append(outcome)
    return [
        (_share([o.confidence for o in found]), _share([o.is_right for o in found]), len(found))
        for _, found in sorted(bins.items())
    ]


def risk_by_coverage(outcomes: Sequence[Outcome]) -> list[tuple[float, float]]:
    """(share answered, share of those wrong), from the surest answer down."""
    coverage, risk = risk_coverage([o.confidence for o in outcomes], [o.is_right for o in outcomes])
    return list(zip(coverage.tolist(), risk.tolist(), strict=True))


def save(outcomes: Iterable[Outcome], path: Path) -> None:
    """One JSON object a case."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(asdict(o), ensure_ascii=False) + "\n" for o in outcomes), encoding="utf-8")


def load(path: Path) -> list[Outcome]:
    """The inverse of `save`; ValueError for anything else."""
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return [Outcome(**{**row, "golds": tuple(row["golds"])}) for row in rows]
    except (OSError, TypeError, KeyError, ValueError) as error:
        raise ValueError(f"{path.name} is not a saved run: {error!r}") from error


def compare(before: Sequence[Outcome], after: Sequence[Outcome]) -> dict[str, Any]:  # Any: JSON
    """The change in F1 with silence over the cases both runs answered, paired, and what became worse."""
    earlier = {outcome.id: outcome for outcome in before}
    pairs = [(earlier[outcome.id], outcome) for outcome in after if outcome.id in earlier]
    changes = [100 * (now.credit - then.credit) for then, now in pairs]
    worse = sorted((now.credit - then.credit, now.id) for then, now in pairs if now.credit < then.credit)
    return {
        "cases": len(pairs),
        **_mean("change", changes),
        "better": sum(change > 0 for change in changes),
        "worse": len(worse),
        "worst": [case_id for _, case_id in worse[:20]],
    }


def _mean(name: str, values: Sequence[float], *, digits: int = 2) -> dict[str, Any]:  # Any: JSON
    return {name: round(_share(values), digits), f"{name}_interval": [round(end, digits) for end in interval(values)]}


def _share(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0
