"""One question through the pipeline's own steps, to be measured: no cache, no curated answer, no turn in a history.

What was kept back for want of confidence is taken down too, so that one run gives the
figures with silence and without.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from inference.request import Priority
from kbqa.answers.pipeline import find_answer
from kbqa.answers.scope import Scope
from kbqa.answers.trace import Trace
from kbqa.answers.wire import collect
from kbqa.engine import deadline_after

Json = dict[str, Any]  # Any: JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of one question; ``answer`` and ``quote`` also where silence was chosen."""

    answer: str
    quote: str
    citations: list[Json]
    confidence: float
    abstained: bool
    passages: list[Json]
    timings_ms: dict[str, float]
    trace: Json

    @property
    def ms(self) -> float:
        return self.timings_ms["total"]


def ask(question: str, *, scope: Scope) -> Asked:
    """Ask it of ``scope``, behind whoever is waiting for an answer."""
    trace, deadline = Trace(), deadline_after(settings.ANSWER_DEADLINE_S)
    with trace.stage("total"):
        body = collect(
            find_answer(question, trace, asked=question, scope=scope, deadline=deadline, priority=Priority.BULK)
        )
    best = trace.facts.get("reading", {}).get("best") or {"answer": "", "quote": ""}
    cited = body["citations"]
    return Asked(
        answer=body["answer"] or best["answer"],
        quote=cited[0]["quote"] if cited else best["quote"],
        citations=cited,
        confidence=body["confidence"] or 0.0,
        abstained=body["abstained"],
        passages=body["passages"],
        timings_ms=trace.timings_ms,
        trace=trace.facts,
    )
