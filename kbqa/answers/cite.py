"""Spans → citations, each checked against the source: what is not verbatim is never shown.

Unless an editor wrote it: a sentence of an edited passage that the source does not hold is
cited as theirs, at the place of the passage whose words it stands in for.
"""

from collections.abc import Sequence
from dataclasses import replace

import structlog
from django.db.models.functions import Substr

from inference.types import Reading, Span
from kbqa.documents.models import CanonicalText

from .events import CitationView
from .passages import Found

TENTATIVE_FROM = 0.1  # less likely answers are not even where to look first

log = structlog.get_logger(__name__)


def cite(reading: Reading, passages: Sequence[Found]) -> tuple[CitationView, ...]:
    """One citation a span, numbered from 1, best first; two spans in one sentence make one citation."""
    citations: list[CitationView] = []
    places: set[tuple[int, int, str]] = set()
    for span in reading.spans:
        citation = _citation(len(citations) + 1, passages[span.passage], span)
        place = (passages[span.passage].row.version_id, citation.start, citation.quote)
        if place not in places and (citation.edited or is_verbatim(passages[span.passage], citation)):
            places.add(place)
            citations.append(citation)
    return tuple(citations)


def tentative(reading: Reading, passages: Sequence[Found]) -> CitationView | None:
    """The best span, where it is not sure enough to be an answer and yet where to look first."""
    if reading.confidence < TENTATIVE_FROM:
        return None
    return next(iter(cite(replace(reading, spans=reading.spans[:1]), passages)), None)


def answer_text(citations: Sequence[CitationView]) -> str:
    """The best span: a few words where the reader found them, else its sentence."""
    best = citations[0]
    if best.answer_start is None or best.answer_end is None:
        return best.quote
    return best.quote[best.answer_start - best.start : best.answer_end - best.start]


def is_verbatim(found: Found, citation: CitationView) -> bool:
    """Whether the version's canonical text holds the quote at the very place."""
    if text_at(found.row.version_id, citation.start, citation.end) != citation.quote:
        log.error("citation_not_verbatim", version=found.row.version_id, start=citation.start, end=citation.end)
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
    """At the sentence's own place in the source; for a sentence that only an editor wrote, at the passage's."""
    quote = found.text[span.sentence_start : span.sentence_end]
    offset = found.row.text.find(quote) if found.row.is_edited else span.sentence_start
    edited = offset < 0
    start = found.row.start + max(0, offset)
    end = found.row.end if edited else start + len(quote)
    shorter = (span.start, span.end) != (span.sentence_start, span.sentence_end)
    answer = (start + span.start - span.sentence_start, start + span.end - span.sentence_start) if shorter else None
    url = (
        found.url(start=start, end=end)
        if edited or not answer
        else found.url(start=start, end=end, answer_start=answer[0], answer_end=answer[1])
    )
    return CitationView(
        number=number,
        document=str(found.row.version.document_id),
        version=found.row.version.number,
        title=found.title,
        page=found.row.page,
        start=start,
        end=end,
        quote=quote,
        url=url,
        answer_start=answer[0] if answer else None,
        answer_end=answer[1] if answer else None,
        edited=edited,
    )
