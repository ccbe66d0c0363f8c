"""Spans → citations, each checked against the source: what is not verbatim is never shown."""

from collections.abc import Sequence

import structlog
from django.db.models.functions import Substr

from inference.types import Reading, Span
from kbqa.documents.models import CanonicalText

from .events import CitationView
from .passages import Found

log = structlog.get_logger(__name__)


def cite(reading: Reading, passages: Sequence[Found]) -> tuple[CitationView, ...]:
    """One citation a span, numbered from 1, best first; two spans in one sentence make one citation."""
    citations: list[CitationView] = []
    places: set[tuple[int, int, int]] = set()
    for span in reading.spans:
        found = passages[span.passage]
        place = (found.row.version_id, found.row.start + span.sentence_start, found.row.start + span.sentence_end)
        if place not in places and is_verbatim(found, span):
            places.add(place)
            citations.append(_citation(len(citations) + 1, found, span))
    return tuple(citations)


def answer_text(citations: Sequence[CitationView]) -> str:
    """The best span: a few words where the reader found them, else its sentence."""
    best = citations[0]
    if best.answer_start is None or best.answer_end is None:
        return best.quote
    return best.quote[best.answer_start - best.start : best.answer_end - best.start]


def is_verbatim(found: Found, span: Span) -> bool:
    """Whether the version's canonical text holds the quote at the very place."""
    start, end = found.row.start + span.sentence_start, found.row.start + span.sentence_end
    if text_at(found.row.version_id, start, end) != found.row.text[span.sentence_start : span.sentence_end]:
        log.error("citation_not_verbatim", version=found.row.version_id, start=start, end=end)
        return False
    return True


def text_at(version_id: int, start: int, end: int) -> str | None:
    """These characters of a version's canonical text, read without the rest of it."""
    return (
        CanonicalText.objects.filter(version=version_id)
        .annotate(held=Substr("text", start + 1, end - start))
        .values_list("held", flat=True)
        .first()
    )


def _citation(number: int, found: Found, span: Span) -> CitationView:
    offset = found.row.start
    start, end = offset + span.sentence_start, offset + span.sentence_end
    shorter = (span.start, span.end) != (span.sentence_start, span.sentence_end)
    answer_start, answer_end = (offset + span.start, offset + span.end) if shorter else (None, None)
    return CitationView(
        number=number,
        document=str(found.row.version.document_id),
        version=found.row.version.number,
        title=found.title,
        page=found.row.page,
        start=start,
        end=end,
        quote=found.row.text[span.sentence_start : span.sentence_end],
        url=found.url(start=start, end=end, answer_start=answer_start, answer_end=answer_end),
        answer_start=answer_start,
        answer_end=answer_end,
    )
