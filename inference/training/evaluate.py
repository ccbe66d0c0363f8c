"""A reader over cases: its answers, how sure it was, and the figures to publish."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from inference.calibration import Calibration, features, ranked
from inference.score import auroc, best_threshold, calibration_error, exact_match, f1, interval

from .cases import Case
from .reading import Reader

RIGHT_F1 = 0.5  # an answer is called right from this F1 on


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One case's best answer and its passage's place; ``answer`` is empty when no passage offered a span."""

    case: Case
    answer: str
    signals: dict[str, float]
    passage: int = 0

    @property
    def margin(self) -> float:
        return self.signals.get("margin", -20.0)

    @property
    def is_right(self) -> bool:
        if self.case.evidence:
            return bool(self.answer) and self.case.passages[self.passage] == self.case.evidence
        return bool(self.answer) and f1(self.answer, self.case.golds) >= RIGHT_F1 and bool(self.case.golds)

    @property
    def worth(self) -> float:
        """What giving this answer is worth, in [0, 1]."""
        return float(self.is_right) if self.case.evidence else f1(self.answer, self.case.golds)


def read_cases(reader: Reader, cases: Sequence[Case]) -> list[Outcome]:
    """Ask every case, all passages of a case competing."""
    pairs = [(case.question, passage) for case in cases for passage in case.passages]
    found = iter(reader.read(pairs, titles=[title for case in cases for title in case.titles]))
    outcomes = []
    for case in cases:
        candidates = [replace(candidate, passage=at) for at in range(len(case.passages)) for candidate in next(found)]
        best = ranked(case.passages, candidates)[:1]
        outcomes.append(
            Outcome(
                case=case,
                answer=case.passages[best[0].passage][best[0].start : best[0].end] if best else "",
                signals=features(case.question, case.passages, candidates, contexts=case.titles) if best else {},
                passage=best[0].passage if best else 0,
            )
        )
    return outcomes


def answer_figures(outcomes: Sequence[Outcome]) -> dict[str, object]:
    """EM and F1 when every question is answered, in percent, with 95 % intervals."""
    exact = [100 * exact_match(outcome.answer, outcome.case.golds) for outcome in outcomes]
    overlap = [100 * f1(outcome.answer, outcome.case.golds) for outcome in outcomes]
    return {
        "questions": len(outcomes),
        "em": round(sum(exact) / len(exact), 2),
        "em_interval": [round(end, 2) for end in interval(exact)],
        "f1": round(sum(overlap) / len(overlap), 2),
        "f1_interval": [round(end, 2) for end in interval(overlap)],
    }


def abstention_figures(
    outcomes: Sequence[Outcome], *, calibration: Calibration | None, threshold: float
) -> dict[str, object]:
    """How well it knows when nothing is there; silence scores 100 exactly where no passage answers."""
    answerable = [outcome.case.is_answerable for outcome in outcomes]
    if_answered = [100 * outcome.worth for outcome in outcomes]
    if_silent = [0.0 if known else 100.0 for known in answerable]
    margins = [outcome.margin for outcome in outcomes]
    cut, best = best_threshold(margins, if_answered, if_silent)
    figures: dict[str, object] = {
        "questions": len(outcomes),
        "auroc_margin": round(auroc(margins, answerable), 4),
        "f1_best": round(best, 2),
        "best_margin": round(cut, 2),
    }
    if calibration is None:
        return figures
    sure = [calibration.probability(outcome.signals) for outcome in outcomes]
    right = [outcome.is_right for outcome in outcomes]
    at_default = [
        answered if probability >= threshold else silent
        for answered, silent, probability in zip(if_answered, if_silent, sure, strict=True)
    ]
    return {
        **figures,
        "auroc": round(auroc(sure, answerable), 4),
        "auroc_right": round(auroc(sure, right), 4),
        "ece": round(calibration_error(sure, right), 4),
        "f1_default": round(sum(at_default) / len(at_default), 2),
        "f1_default_interval": [round(end, 2) for end in interval(at_default)],
    }
