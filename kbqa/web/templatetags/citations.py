"""How citations look in a page."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kbqa.answers.models import Citation
from kbqa.web.hits import hit_url

register = template.Library()


@register.simple_tag
def quote_with_answer(citation: Citation) -> SafeString:
    """The quote, the answer's words inside it marked."""
    start, end = citation.answer_start, citation.answer_end
    if start is None or end is None:
        return format_html("{}", citation.quote)
    left, right = start - citation.start, end - citation.start
    quote = citation.quote
    return format_html("{}<mark>{}</mark>{}", quote[:left], quote[left:right], quote[right:])


@register.filter
def viewer_link(citation: Citation) -> str:
    """Where the quote opens, as a source of its answer; empty once it is gone."""
    return hit_url(citation)
