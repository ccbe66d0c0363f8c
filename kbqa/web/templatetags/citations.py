"""How citations look in a page."""

import re
from dataclasses import dataclass

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kbqa.answers.models import Answer, Citation
from kbqa.web.hits import hit_url

register = template.Library()
_MARKER = re.compile(r"\[(\d{1,3})\]")


@register.simple_tag
def quote_with_answer(citation: Citation) -> SafeString:
    """The quote, the answer's words inside it marked."""
    start, end = citation.answer_start, citation.answer_end
    if start is None or end is None:
        return format_html("{}", citation.quote)
    left, right = start - citation.start, end - citation.start
    quote = citation.quote
    return format_html("{}<mark>{}</mark>{}", quote[:left], quote[left:right], quote[right:])


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
def viewer_link(citation: Citation) -> str:
    """Where the quote opens, as a source of its answer; empty once it is gone."""
    return hit_url(citation)
