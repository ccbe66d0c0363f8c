"""Running heads and feet: lines that come back at the same place in the margin of page after page, and page numbers.

They are dropped so that a paragraph reads on across pages. In the outermost tenth
of a page numbers may differ from page to page; down to a fifth a line must come
back word for word; what stands deeper is text, however often it comes back.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .line import Line

_MARGIN_SHARE, _DEEP_MARGIN_SHARE = 0.1, 0.2
_SAME_PLACE = 4.0  # points
_MIN_PAGES = 3
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"(?:page\s+|p\.\s*|seite\s+|第\s*)?[-–—\[(]?\s*(?:\d{1,4}|[ivxlc]{1,7})\s*[-–—\])]?(?:\s*(?:/|of|von|de)\s*\d{1,4}|\s*页)?",
    re.IGNORECASE,
)
Key = tuple[str, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLines:
    """A page's lines, and the heights between which it lies as they are read."""

    lines: list[Line]
    bottom: float = 0.0
    top: float = 0.0

    def is_margin(self, line: Line, *, share: float = _MARGIN_SHARE) -> bool:
        depth = share * (self.top - self.bottom)
        return line.bottom > self.top - depth or line.top < self.bottom + depth


def without_running_lines(pages: Sequence[PageLines]) -> list[list[Line]]:
    """The pages' lines without what runs; a page that would lose all of them keeps them."""
    seen: Counter[Key] = Counter()
    for page in pages:
        seen.update({key for line in page.lines if (key := _key(page, line))})
    needed = max(_MIN_PAGES, len(pages) // 10)
    running = {key for key, count in seen.items() if count >= needed}
    return [_without(page, running, has_numbers=len(pages) > 1) for page in pages]


def _without(page: PageLines, running: set[Key], *, has_numbers: bool) -> list[Line]:
    kept = []
    for line in page.lines:
        is_number = has_numbers and _PAGE_NUMBER.fullmatch(line.text.strip()) is not None
        if not (_key(page, line) in running or (is_number and page.is_margin(line))):
            kept.append(line)
    return kept or page.lines


def _key(page: PageLines, line: Line) -> Key | None:
    """Words, place and size of a line in the margin: a title that heads later pages is larger where it is the title."""
    if not page.is_margin(line, share=_DEEP_MARGIN_SHARE):
        return None
    words = " ".join(line.text.split()).casefold()
    if page.is_margin(line):
        words = _DIGITS.sub("#", words)
    return words, round(line.bottom / _SAME_PLACE), round(line.size)
