"""A hyphen that ends a line: part of the word, or there because the line was full? The document's own words tell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from ingest.clean import join_line

_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010\u2011][^\W\d_]+)*")
_PART_AT_END = re.compile(rf"(?P<part>{_WORD.pattern})[-\u2010]$")
_HYPHENS = str.maketrans("\u2010\u2011", "--")
_MAX_WORD_CHARS = 80


@dataclass(frozen=True, slots=True)
class Words:
    """The words that stand within a document's lines, in small letters."""

    known: frozenset[str] = field(default=frozenset())

    @classmethod
    def of(cls, lines: Iterable[str]) -> Self:
        known: set[str] = set()
        for line in lines:
            known.update(map(_plain, _WORD.findall(_PART_AT_END.sub("", line))))
        return cls(frozenset(known))

    def join_line(self, text: str, line: str) -> str:
        """``text`` continued by ``line``; a hyphen between them stays where the document's words have it."""
        part, rest = _PART_AT_END.search(text[-_MAX_WORD_CHARS:]), _WORD.match(line)
        if part and rest and self._has_hyphen(part["part"], rest[0]):
            return text + line
        return join_line(text, line)

    def _has_hyphen(self, part: str, rest: str) -> bool:
        if _plain(f"{part}-{rest}") in self.known:
            return True
        return _plain(part + rest) not in self.known and part[1:] != part[1:].lower()


def _plain(word: str) -> str:
    return word.translate(_HYPHENS).lower()
