"""Where an answer may begin and end: within one block of text, and never inside a number or a code.

A network that scores its tokens one by one knows neither: it runs on from a heading into the
paragraph below, and stops at the point of ``25,499.96`` or the dash of ``2120-AA64``.
"""

from __future__ import annotations

import re
from dataclasses import replace

from inference.calibration import Candidate

_EMPTY_LINE = re.compile(r"\s*\n[^\S\n]*\n\s*")
_WHOLE = re.compile(
    r"(?<!\w)(?:\d+(?:[.,]\d+)+(?!\w)"
    r"|(?=[\d–-]*[A-Z])[A-Z\d]+(?:[–-][A-Z\d]+)+(?!\w)"  # letters among them: no range, and no score of a game
    r"|[\w.+-]+@\w[\w-]*(?:\.\w[\w-]*)+|(?:https?://|www\.)[\w./?=&%#~-]*[\w/]"
    r"|\w[\w-]*\.(?:pdf|docx?|xlsx?|pptx?|txt|csv|html?|zip|jpe?g|png|msg|eml)(?!\w))"
)
_LONGEST = 40


def whole(passage: str, candidate: Candidate) -> Candidate:
    """The candidate within its longest block, grown to the ends of what it cuts: numbers, codes, addresses, files."""
    start, end = _in_one_block(passage, candidate.start, candidate.end)
    left = max(0, start - _LONGEST)
    for found in _WHOLE.finditer(passage, left, end + _LONGEST):
        if found.start() < start < found.end():
            start = found.start()
        if found.start() < end < found.end():
            end = found.end()
    return replace(candidate, start=start, end=end)


def _in_one_block(passage: str, start: int, end: int) -> tuple[int, int]:
    parts, left = [], start
    for gap in _EMPTY_LINE.finditer(passage, start, end):
        parts.append((left, gap.start()))
        left = gap.end()
    return max([*parts, (left, end)], key=lambda part: part[1] - part[0])
