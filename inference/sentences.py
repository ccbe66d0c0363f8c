"""Text → sentence ranges, in any script that ends its sentences with a mark.

Ranges are half-open, in order, disjoint, trimmed of white space, and leave out
nothing but white space; so a sentence is always verbatim text. Work is linear in
the text's length.
"""

from __future__ import annotations

import re

# Marks that end a sentence wherever they stand, with the quotes and brackets that close behind them.
_FULL_STOP = r"(?:[。！？；｡؟।॥።]+|…{2,})[”’」』）)】》〉\"']*"
# Marks that end a sentence when white space follows, and then something that can begin one.
# (Begun only where a run of marks begins, and without going back: a page of dots stays linear.)
# Behind it may stand what it rests on: [45], [b][12].
_LATIN_STOP = r"(?<![.!?…])[.!?…]++[\"'”’»)\]]*+(?:\[[^\W_]{1,3}\])*+(?=\s)"
_EMPTY_LINE = r"\n[^\S\n]*\n"
# A new line that begins a list's entry, or follows a line that is complete.
_LIST_ENTRY = r"\n(?=[^\S\n]*(?:[-*+•‣▪●○■–—]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s)"
_COMPLETE_LINE = r"(?<=[^\w\s,;:、，\-–—(])\n"
# A new line after an amount of money that begins no small letter: the lines of a receipt are not one sentence.
_AFTER_AMOUNT = r"(?<=\d[.,]\d\d)\n(?![^\S\n]*[^\W\dA-Z_])"
# A new line that is a table's row: the cells of a row belong together, its neighbours do not.
_TABLE_ROW = r"\n(?=[^\n|]* \| )"
_BREAK = re.compile(
    "|".join((_FULL_STOP, _LATIN_STOP, _EMPTY_LINE, _LIST_ENTRY, _TABLE_ROW, _AFTER_AMOUNT, _COMPLETE_LINE))
)

_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[\"'“‘/–—-])(?:Mr|Mrs|Ms|Dr|Prof|Rev|Hon|Gen|Col|Capt|Lt|Sgt|St|Mt|Ft|Jr|Sr|Messrs|Mme|Mlle|No|Nos|Nr|Art"
    r"|Fig|Figs|Eq|Eqs|Sec|Ch|Vol|Inc|Ltd|Co|Corp|Bros|Dept|Univ|vs|viz|etc|cf|ca|approx|al|pp?|ed|eds|tel|resp|incl|bzw"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Mon|Tues?|Wed|Thurs?|Fri|Sat|Sun"
    r"|[A-Z]|[A-Za-z](?:\.[A-Za-z])+|\(?(?:\d{1,3}|[ivx]{1,4}|[a-z]))\.$"
)
_LONGEST_ABBREVIATION = 16
_DATE = re.compile(r"\d{4}\. ?\d{1,2}\. ?\d{1,2}\.$")  # as Korean writes it
_LONGEST_DATE = 14
_REFERENCES = re.compile(r"(?:\[[^\W_]{1,3}\])+$")
_MOST_REFERENCES = 40  # characters of them
# The number or letter of a list's entry, alone before its text.
_ENTRY_MARK = re.compile(r"\(?(?:\d{1,3}|[ivx]{1,4}|[A-Za-z])[.)]$")
_LONGEST_ENTRY_MARK = 200  # characters, most of them its indent


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Half-open character ranges of the sentences of ``text``."""
    ranges: list[tuple[int, int]] = []
    start = 0
    for found in _BREAK.finditer(text):
        if found[0][0] in ".!?…" and not _ends_sentence(text, start, found.end()):
            continue
        _append_trimmed(ranges, text, start, found.end())
        start = found.end()
    _append_trimmed(ranges, text, start, len(text))
    return ranges


def _ends_sentence(text: str, start: int, stop: int) -> bool:
    """Whether the mark that ends at ``stop`` ends a sentence: no abbreviation before it, no small letter after it."""
    if _DATE.search(text, max(start, stop - _LONGEST_DATE), stop):
        return False
    following = _next_visible(text, stop)
    if following.islower():
        return False
    before = _REFERENCES.sub("", text[max(start, stop - _MOST_REFERENCES) : stop])[-_LONGEST_ABBREVIATION:]
    if not before.endswith("."):
        return True
    if stop - start <= _LONGEST_ENTRY_MARK and _ENTRY_MARK.fullmatch(text[start:stop].strip()):
        return False
    found = _ABBREVIATION.search(before)
    # A year or a figure at a sentence's end is one of more than three digits, or follows a word.
    return found is None or (before[-2].isdigit() and not _ENTRY_MARK.fullmatch(before.strip()))


def _next_visible(text: str, stop: int) -> str:
    """The first character that is neither white space nor an opening quote or bracket, looking a short way ahead."""
    return text[stop : stop + 8].lstrip(" \n\t\"'“‘«([¿¡")[:1]


def _append_trimmed(ranges: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        ranges.append((start, end))
