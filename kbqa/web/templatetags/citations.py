"""How citations look in a page."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ingest.index.analyzer import query_terms
from kbqa.answers.condense import is_only_added_to
from kbqa.answers.events import CitationView
from kbqa.answers.models import Answer, Citation
from kbqa.answers.pipeline import NUM_NEAREST
from kbqa.documents.models import Collection
from kbqa.web.hits import hit_url
from kbqa.web.near import near_pieces

Json = dict[str, Any]  # Any: JSON

register = template.Library()
_MARKER = re.compile(r"\[(\d{1,3})\]")


@register.simple_tag
def quote_with_answer(citation: Citation | CitationView) -> SafeString:
    """The quote, the answer's words inside it marked."""
    start, end = citation.answer_start, citation.answer_end
    if start is None or end is None:
        return format_html("{}", citation.quote)
    left, right = start - citation.start, end - citation.start
    quote = citation.quote
    return format_html("{}<mark>{}</mark>{}", quote[:left], quote[left:right], quote[right:])


@register.filter
def tentative(turn: Answer) -> CitationView | None:
    """Where to look first, of a turn that found no answer."""
    kept = turn.trace.get("tentative")
    return CitationView(**kept) if kept else None


@register.filter
def nearest(turn: Answer) -> list[Json]:
    """The passages to look at otherwise: the tentative one is not among them."""
    first = tentative(turn)
    others = [passage for passage in turn.passages if first is None or not _holds(passage, first)]
    return others[: NUM_NEAREST - (first is not None)]


def _holds(passage: Json, citation: CitationView) -> bool:
    same = (passage["document"], passage["version"]) == (citation.document, citation.version)
    return bool(same and passage["start"] <= citation.start < passage["end"])


@register.filter
def asked_with(turn: Answer) -> str:
    """The question before it, where this one was searched for in its own words and that one's."""
    is_added = is_only_added_to(turn.question, turn.trace.get("standalone", ""))
    return str(turn.trace.get("after", "")) if is_added else ""


@register.simple_tag
def near_question(text: str, turn: Answer) -> SafeString:
    """What of a passage is nearest to the question as it was searched for, the shared words marked."""
    asked = " ".join([turn.trace.get("standalone") or turn.question, *turn.trace.get("glossary", ())])
    pieces = near_pieces(text, query_terms(asked))
    return format_html_join("", "{}", ((_marked(piece) if is_shared else piece,) for piece, is_shared in pieces))


def _marked(text: str) -> SafeString:
    return format_html("<mark>{}</mark>", text)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of a written answer's text, and the citation that stands behind it."""

    text: str
    citation: Citation | None


@register.filter
def written_pieces(turn: Answer) -> list[Piece]:
    """Prose with a citation in place of each number in brackets that names one."""
    citations = {citation.number: citation for citation in turn.citations.all()}
    pieces, start = [], 0
    for marker in _MARKER.finditer(turn.text):
        if citation := citations.get(int(marker[1])):
            pieces.append(Piece(turn.text[start : marker.start()].rstrip(" "), citation))
            start = marker.end()
    return [*pieces, Piece(turn.text[start:], None)]


@register.filter
def searched_only(turn: Answer, collections: Iterable[Collection]) -> list[str]:
    """The names of where it was looked, of all that the asker sees; none where that was everywhere."""
    if turn.everywhere:
        return []
    asked = set(turn.collections)
    names = [(collection.name, str(collection.pk) in asked) for collection in collections]
    return [] if all(was_asked for _, was_asked in names) else [name for name, was_asked in names if was_asked]


@register.filter
def viewer_link(citation: Citation) -> str:
    """Where the quote opens, as a source of its answer; empty once it is gone."""
    return hit_url(citation)
