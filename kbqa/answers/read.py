"""Passages → what the reader finds in them, and whether that is enough to answer."""

from collections.abc import Sequence
from dataclasses import replace

from django.conf import settings

from inference.deadline import Deadline
from inference.errors import DeadlineExceeded
from inference.types import Reading
from kbqa.engine import get_engine

from .passages import Found
from .scope import Scope
from .trace import Trace

NOTHING = Reading(spans=(), confidence=0.0, passage_scores=())


def read(
    question: str, passages: Sequence[Found], *, scope: Scope, deadline: Deadline, trace: Trace, request_id: str
) -> tuple[Reading, list[Found]]:
    """The reading under the scope's threshold, and the passages it was given, whose positions its spans name."""
    given = list(passages[: settings.NUM_PASSAGES])
    if not given:
        return NOTHING, given
    with trace.stage("read"):
        try:
            reading = get_engine().read(
                question,
                [found.text for found in given],
                contexts=[found.context for found in given],
                deadline=deadline,
                request_id=request_id,
            )
        except DeadlineExceeded:
            reading, trace.degraded = NOTHING, True
    trace.degraded |= reading.degraded
    readers_own, reading = reading.abstain_below, replace(reading, abstain_below=threshold(reading, scope.levels))
    trace.facts["reading"] = {
        "confidence": round(reading.confidence, 4),
        "threshold": reading.abstain_below,
        "reader_threshold": readers_own,
        "signals": dict(reading.signals),
        "passage_scores": list(reading.passage_scores),
        "best": _best(reading, given),
    }
    return reading, given


def threshold(reading: Reading, levels: Sequence[float | None] = (None,)) -> float:
    """Confidence below this is an abstention: the most careful of the collections asked.

    One that sets no level has the installation's, else what the reader was fitted to.
    """
    general = reading.abstain_below if settings.ABSTAIN_BELOW is None else settings.ABSTAIN_BELOW
    return max(general if level is None else level for level in levels)


def _best(reading: Reading, given: Sequence[Found]) -> dict[str, str] | None:
    """The surest words and their sentence, whether or not they are sure enough to be said."""
    if not reading.spans:
        return None
    span = reading.spans[0]
    text = given[span.passage].text
    return {"answer": text[span.start : span.end], "quote": text[span.sentence_start : span.sentence_end]}


def suffices(reading: Reading) -> bool:
    return bool(reading.spans) and reading.confidence >= reading.abstain_below
