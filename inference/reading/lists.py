"""Steps that belong together: who asks how something is done wants all entries of the list, not the one that fits best.

An entry is a line that begins with a number, a letter or a bullet, with the lines it runs on to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from inference.types import Span

_HOW_TO = re.compile(
    r"\s*how (?:to|(?:do|can|could|should|would|must|may) (?:i|we|you|one))\b|.*\b(?:which|what) (?:are the )?steps\b"
    r"|.*(?:如何|怎么(?!样)|怎样|步骤)",
    re.IGNORECASE,
)
_ENTRY = re.compile(
    r"[^\S\n]*(?:[-*+•‣▪●○■–—]\s|\(?(?:\d{1,2}|[a-z])[.)]\s|\d{1,2}、|[①-⑳]|(?:step|schritt)\s\d|第[一二三四五六七八九十]步)",
    re.IGNORECASE,
)
_LINE = re.compile(r"[^\n]*\S[^\n]*")
_BLANK = re.compile(r"\n[^\S\n]*\n")
_STOPS = (".", "!", "?", "。", "！", "？")
_MARK = 4  # characters of a number or bullet on a line of its own
_LONGEST = 1200  # characters that are still read as an answer


def asks_how_to(question: str) -> bool:
    """Whether it asks what somebody is to do."""
    return bool(_HOW_TO.match(question))


def with_its_list(passage: str, span: Span) -> Span:
    """The span in its whole list, where its sentence belongs to one."""
    start, end = whole_list(passage, span.sentence_start, span.sentence_end)
    return replace(span, sentence_start=start, sentence_end=end)


def widened(span: Span) -> Span:
    """The whole sentence as the answer."""
    return replace(span, start=span.sentence_start, end=span.sentence_end)


def whole_list(passage: str, start: int, end: int) -> tuple[int, int]:
    """The list that the sentence ``[start, end)`` is an entry of, or introduces; the sentence itself where it is none.

    Of a list too long to be an answer, as many entries as are not, from the sentence's on where the first do not
    reach it.
    """
    for entries in _lists(passage):
        first, last = entries[0][0], entries[-1][1]
        introduces = (
            not passage[end:first].strip() and passage[start:end].rstrip().endswith((":", "：")) and end <= first
        )
        if introduces or (first <= start and end <= last):
            kept = _short_enough(entries, start)
            return (min(start, kept[0][0]) if introduces else kept[0][0]), max(end, kept[-1][1])
    return start, end


def _lists(passage: str) -> Iterator[list[tuple[int, int]]]:
    """The entries' ranges of each list of two or more."""
    lines = [found.span() for found in _LINE.finditer(passage)]
    entries: list[list[tuple[int, int]]] = []  # the lines of each
    for (_, before), (start, end) in pairwise([(0, 0), *lines]):
        if _ENTRY.match(passage, start):
            entries.append([(start, end)])
        elif entries and not _BLANK.search(passage, before, start):
            entries[-1].append((start, end))
        else:
            yield from _ranges(passage, entries)
            entries = []
    yield from _ranges(passage, entries)


def _ranges(passage: str, entries: list[list[tuple[int, int]]]) -> Iterator[list[tuple[int, int]]]:
    """Of a list of two or more; what follows the last entry's full stop at the margin is no part of it."""
    if len(entries) > 1:
        last = entries[-1]
        ends = (n for n, (start, end) in enumerate(last, 1) if end - start > _MARK and passage.endswith(_STOPS, 0, end))
        num_lines = next(ends, len(last))
        while num_lines < len(last) and passage[last[num_lines][0]].isspace():
            num_lines += 1
        yield [(lines[0][0], lines[-1][1]) for lines in (*entries[:-1], last[:num_lines])]


def _short_enough(entries: list[tuple[int, int]], start: int) -> list[tuple[int, int]]:
    if start >= entries[0][0] + _LONGEST:
        entries = [entry for entry in entries if entry[1] > start]
    return [entry for entry in entries if entry[1] <= entries[0][0] + _LONGEST] or entries[:1]
