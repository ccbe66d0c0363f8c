"""Text → sentence ranges, in English, Chinese and their mixtures.

Ranges are half-open, in order, disjoint, trimmed of white space, and leave out
nothing but white space; so a sentence is always verbatim text.
"""

from __future__ import annotations

import re

_BREAK = re.compile(
    r"""
    (?<=[。！？；])[”’」』）)】]*\s*            # Chinese stops end a sentence without a space
    | (?<=[.!?])["'”’)\]]*\s+(?=["'“‘(\[]?[A-Z0-9\u4e00-\u9fff])   # a Latin stop, a space, a likely beginning
    | \s*\n\s*\n\s*                             # an empty line
    | (?<=[^,;:\w-])\n(?=\S) | \n(?=\s*(?:[-*•‣▪]|\d{1,3}[.)])\s)    # a list entry on its own line
    """,
    re.VERBOSE,
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|No|Nos|Fig|Figs|Eq|Sec|Vol|Inc|Ltd|Co|Corp|vs|etc|cf|ca|approx|al|pp?|ed|eds"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|e\.g|i\.e|U\.S|U\.K)|\b[A-Z])\.$"
)


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Half-open character ranges of the sentences of ``text``."""
    ranges: list[tuple[int, int]] = []
    start = 0
    for found in _BREAK.finditer(text):
        if _ABBREVIATION.search(text[max(start, found.start() - 12) : found.start()]):
            continue
        _append_trimmed(ranges, text, start, found.end())
        start = found.end()
    _append_trimmed(ranges, text, start, len(text))
    return ranges


def _append_trimmed(ranges: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        ranges.append((start, end))
