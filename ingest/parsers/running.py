"""Running heads and feet: lines that come back at the edge of page after page, and page numbers.

A line is one when its words, numbers left out, stand within the outermost lines of
enough other pages. They are dropped so that a paragraph reads on across pages.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from .pdf_lines import Line

_EDGE_LINES = 3
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"(?:page\s+|p\.\s*|seite\s+|第\s*)?[-–—\[(]?\s*(?:\d{1,4}|[ivxlc]{1,7})\s*[-–—\])]?"
                          r"(?:\s*(?:/|of|von|de)\s*\d{1,4}|\s*页)?", re.IGNORECASE)  # fmt: skip


def without_running_lines(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The pages without what repeats at their edges; a document of one or two pages keeps all but page numbers."""
    seen: Counter[str] = Counter()
    for lines in pages:
        seen.update({_key(line) for line in _edges(lines)})
    needed = max(3, len(pages) // 10)
    running = {key for key, count in seen.items() if count >= needed}
    return [_without(lines, running, single=len(pages) < 2) for lines in pages]


def _without(lines: Sequence[Line], running: set[str], *, single: bool) -> list[Line]:
    edges = {id(line) for line in _edges(lines)}
    kept = []
    for line in lines:
        is_number = not single and _PAGE_NUMBER.fullmatch(line.text.strip()) is not None
        if id(line) in edges and (_key(line) in running or is_number):
            continue
        kept.append(line)
    return kept


def _edges(lines: Sequence[Line]) -> list[Line]:
    """The highest and the lowest lines of a page."""
    by_height = sorted(lines, key=lambda line: -line.top)
    return by_height if len(by_height) <= 2 * _EDGE_LINES else [*by_height[:_EDGE_LINES], *by_height[-_EDGE_LINES:]]


def _key(line: Line) -> str:
    words = _DIGITS.sub("#", " ".join(line.text.split()).casefold())
    return f"{words}@{line.size:.0f}"  # a title that later heads every page is set larger where it is the title
