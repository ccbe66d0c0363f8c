"""What Word writes before the entries of its lists: ``-`` or, counted as the document is read, a number.

A list follows a pattern for each of its levels (``%1.%2)``); lists of the same
pattern count on from one another, unless one says that it starts anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from .archive import Archive
from .numerals import written
from .xmlsafe import parse_xml

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BULLET = "-"
_PLACE = re.compile(r"%([1-9])")
_FORMS = {"lowerLetter": "a", "upperLetter": "A", "lowerRoman": "i", "upperRoman": "I"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How the entries of one depth are numbered; the form is one of Word's names."""

    form: str
    pattern: str
    start: int


class Numbering:
    """The lists of one document, and how far each pattern has counted."""

    def __init__(self, *, patterns: dict[str, str], levels: dict[tuple[str, int], Level], anew: set[str]) -> None:
        self._patterns = patterns  # by the list that follows it
        self._levels = levels  # by pattern and depth
        self._anew = anew
        self._counts: dict[str, dict[int, int]] = {}

    def marker(self, list_id: str, *, depth: int) -> str:
        """What stands before the list's next entry at this depth."""
        pattern = self._patterns.get(list_id, "")
        level = self._levels.get((pattern, depth))
        if level is None or level.form in {"bullet", "none"}:
            return _BULLET
        counts = self._counts.setdefault(pattern, {})
        if list_id in self._anew:
            self._anew.discard(list_id)
            counts.clear()
        for deeper in [known for known in counts if known > depth]:
            del counts[deeper]
        counts[depth] = counts[depth] + 1 if depth in counts else level.start
        return (
            _PLACE.sub(lambda place: self._number(pattern, depth=int(place[1]) - 1), level.pattern).strip() or _BULLET
        )

    def _number(self, pattern: str, *, depth: int) -> str:
        level = self._levels.get((pattern, depth))
        if level is None:
            return ""
        return written(self._counts[pattern].get(depth, level.start), form=_FORMS.get(level.form, "1"))


def read_numbering(archive: Archive, part: str) -> Numbering:
    """The lists that the numbering part describes; without one every list has bullets."""
    patterns: dict[str, str] = {}
    levels: dict[tuple[str, int], Level] = {}
    anew: set[str] = set()
    if part in archive:
        root = parse_xml(archive.read(part))
        for abstract in root.iterfind(f"{_W}abstractNum"):
            for level in abstract.iterfind(f"{_W}lvl"):
                depth = _count(level.get(f"{_W}ilvl"), otherwise=0)
                levels[abstract.get(f"{_W}abstractNumId", ""), depth] = _level(level)
        for entry in root.iterfind(f"{_W}num"):
            patterns[entry.get(f"{_W}numId", "")] = _value(entry, "abstractNumId")
            if next(entry.iter(f"{_W}startOverride"), None) is not None:
                anew.add(entry.get(f"{_W}numId", ""))
    return Numbering(patterns=patterns, levels=levels, anew=anew)


def _level(element: etree._Element) -> Level:
    return Level(
        form=_value(element, "numFmt"),
        pattern=_value(element, "lvlText")[:40],
        start=_count(_value(element, "start"), otherwise=1),
    )


def _value(element: etree._Element, name: str) -> str:
    found = element.find(f"{_W}{name}")
    return "" if found is None else found.get(f"{_W}val", "")


def _count(text: str | None, *, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else otherwise
