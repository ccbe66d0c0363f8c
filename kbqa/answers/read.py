"""Passages → what the reader finds in them, and whether that is enough to answer."""

from collections.abc import Sequence

from django.conf import settings

from inference.deadline import Deadline
from inference.errors import DeadlineExceeded
from inference.types import Reading
from kbqa.engine import get_engine

from .passages import Found
from .trace import Trace

NOTHING = Reading(spans=(), confidence=0.0, passage_scores=())


def read(
    question: str, passages: Sequence[Found], *, deadline: Deadline, trace: Trace, request_id: str
) -> tuple[Reading, list[Found]]:
    """The reading, and the passages it was given, whose positions its spans name."""
    given = list(passages[: settings.NUM_PASSAGES])
    if not given:
        return NOTHING, given
    with trace.stage("read"):
        try:
            reading = get_engine().read(
                question, [found.text for found in given], deadline=deadline, request_id=request_id
            )
        except DeadlineExceeded:
            reading, trace.degraded = NOTHING, True
    trace.degraded |= reading.degraded
    trace.facts["reading"] = {
        "confidence": round(reading.confidence, 4),
        "threshold": threshold(reading),
        "reader_threshold": reading.abstain_below,
        "signals": dict(reading.signals),
        "passage_scores": list(reading.passage_scores),
        "best": _best(reading, given),
    }
    return reading, given


def threshold(reading: Reading) -> float:
    """Confidence below this is an abstention: as configured, or as the reader was fitted."""
    return reading.abstain_below if settings.ABSTAIN_BELOW is None else settings.ABSTAIN_BELOW


def _best(reading: Reading, given: Sequence[Found]) -> dict[str, str] | None:
    """The surest words and their sentence, whether or not they are sure enough to be said."""
    if not reading.spans:
        return None
    span = reading.spans[0]
    text = given[span.passage].text
    return {"answer": text[span.start : span.end], "quote": text[span.sentence_start : span.sentence_end]}


def suffices(reading: Reading) -> bool:
    return bool(reading.spans) and reading.confidence >= threshold(reading)
