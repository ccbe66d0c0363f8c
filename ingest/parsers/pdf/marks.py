"""Raised digits → the marks of notes in brackets, or powers, so that the number or word before them reads right.

While lines are put together a raised run is written in Unicode's superscript digits;
``set_apart`` then judges each by what stands before it: ``83,190,556²`` is the number
with note 2, ``10⁻⁵`` a power, and ``km²`` stays what it is.
"""

from __future__ import annotations

import re

_RAISED = str.maketrans("0123456789-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")
_LEVEL = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_RUN = re.compile(r"(?P<sign>⁻?)(?P<digits>[⁰¹²³⁴-⁹]+(?:[,–-][⁰¹²³⁴-⁹]+)*)")
# A word or a number that is longer than a unit or a variable, or the mark that ends a sentence's part.
_BEFORE_NOTE = re.compile(
    r"(?:[^\W\d_]{3}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\d[\d.,]{2,}\d|[.,;:!?%])[)\]\"'”’»」]*\s?$"
)
_MAX_BEFORE = 24  # characters that are looked at before a run


def raised(digits: str) -> str:
    """The digits as they are drawn, above the line."""
    return digits.translate(_RAISED)


def set_apart(text: str) -> str:
    """The text with its notes' marks in brackets and powers of numbers behind ``^``; other raised digits stay."""
    return _RUN.sub(_written, text)


def _written(run: re.Match[str]) -> str:
    text, digits = run.string, run["digits"].translate(_LEVEL)
    before = text[max(0, run.start() - _MAX_BEFORE) : run.start()]
    if not run["sign"] and (not before or _BEFORE_NOTE.search(before)):
        follows_word = text[run.end() : run.end() + 1].isalnum()
        return "".join(f"[{mark}]" for mark in digits.split(",")) + " " * follows_word
    if before[-1:].isdigit():
        return f"^{run['sign'].translate(_LEVEL)}{digits}"
    return run[0]
