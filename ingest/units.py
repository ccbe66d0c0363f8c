"""Blocks of the canonical text and their units: sentences and table rows, sized in the encoder's tokens.

A unit is what a chunk never cuts; only one larger than the whole budget is cut,
at a token's end, after white space or a comma where there is one. Work grows
linearly with the text, even when the text is one endless word.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from inference.sentences import split_sentences

from .types import ParsedDocument, Table

TokenOffsets = Callable[[str], list[tuple[int, int]]]

# A tokenizer is never given more than this at once: its memory is a multiple of its input.
_MAX_TOKENIZED_CHARS = 16_384
# An encoder may call a thousand letters one unknown token; more than this many letters count as several.
_CHARS_PER_TOKEN = 16
# A cut sentence's pieces leave room for the heading above it.
_PIECE_SHARE = 0.75
_PAUSES = frozenset(",;:，、；：)）]】")


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, a table row, or a piece of one that alone exceeds the budget: ``[start, end)`` of the text."""

    start: int
    end: int
    num_tokens: int


@dataclass(frozen=True, slots=True)
class TextBlock:
    """What stands between two empty lines: a heading, a paragraph, a list or a table."""

    units: tuple[Unit, ...]
    page: int | None
    table: Table | None = None

    @property
    def start(self) -> int:
        return self.units[0].start

    @property
    def num_tokens(self) -> int:
        return sum(unit.num_tokens for unit in self.units)


class BlockReader:
    """Reads a document's blocks; keeps nothing but sorted starts of its pages and tables."""

    def __init__(self, parsed: ParsedDocument, *, token_offsets: TokenOffsets, max_unit_tokens: int) -> None:
        self._text = parsed.text
        self._token_offsets = token_offsets
        self._max_unit_tokens = max_unit_tokens
        self._tables = parsed.tables
        self._table_starts = [table.start for table in parsed.tables]
        self._pages = [page for page in parsed.pages if page.end > page.start]
        self._page_starts = [page.start for page in self._pages]

    def blocks(self, start: int, end: int) -> Iterator[TextBlock]:
        """The blocks of ``[start, end)``, in order."""
        while start < end:
            gap = self._text.find("\n\n", start, end)
            stop = end if gap < 0 else gap
            table = self._table_at(start)
            spans = self._rows(start, stop) if table else self._sentences(start, stop)
            units = tuple(unit for span in self._counted(spans) for unit in span)
            if units:
                yield TextBlock(units=units, page=self.page_at(units[0].start), table=table)
            start = stop + 2

    def page_at(self, offset: int) -> int | None:
        """The number of the page that holds this character."""
        position = bisect_right(self._page_starts, offset) - 1
        return self._pages[position].number if position >= 0 else None

    def count(self, text: str) -> int:
        return len(self._tokens(text))

    def _table_at(self, offset: int) -> Table | None:
        position = bisect_left(self._table_starts, offset)
        return self._tables[position] if self._table_starts[position : position + 1] == [offset] else None

    def _rows(self, start: int, end: int) -> list[tuple[int, int]]:
        rows = []
        for line in self._text[start:end].split("\n"):
            rows.append((start, start + len(line)))
            start += len(line) + 1
        return rows

    def _sentences(self, start: int, end: int) -> list[tuple[int, int]]:
        return [(start + first, start + last) for first, last in split_sentences(self._text[start:end])]

    def _counted(self, spans: Sequence[tuple[int, int]]) -> Iterator[list[Unit]]:
        """The spans' units; spans are tokenized together as long as they are short together."""
        first = 0
        while first < len(spans):
            last = first + 1
            while last < len(spans) and spans[last][1] - spans[first][0] <= _MAX_TOKENIZED_CHARS:
                last += 1
            yield from self._counted_together(spans[first:last])
            first = last

    def _counted_together(self, spans: Sequence[tuple[int, int]]) -> Iterator[list[Unit]]:
        base = spans[0][0]
        tokens = self._tokens(self._text[base : spans[-1][1]])
        starts = [base + start for start, _ in tokens]
        for start, end in spans:
            first, last = bisect_left(starts, start), bisect_left(starts, end)
            if last - first <= self._max_unit_tokens:
                yield [Unit(start, end, max(1, last - first))]
            else:
                yield self._cut(start, end, starts[first:last])

    def _cut(self, start: int, end: int, token_starts: Sequence[int]) -> list[Unit]:
        """Pieces of one over-long unit, each within the budget and trimmed of white space."""
        pieces = []
        first = 0
        while first < len(token_starts):
            last = self._last_token(token_starts, first)
            stop = token_starts[last] if last < len(token_starts) else end
            piece = self._text[start:stop]
            trimmed = start + len(piece.rstrip())
            start += len(piece) - len(piece.lstrip())
            if start < trimmed:
                pieces.append(Unit(start, trimmed, last - first))
            start, first = stop, last
        return pieces

    def _last_token(self, token_starts: Sequence[int], first: int) -> int:
        """The token a piece that begins with ``first`` must stop before: after a pause in its last third if it may."""
        size = int(_PIECE_SHARE * self._max_unit_tokens)
        limit = first + size
        if limit >= len(token_starts):
            return len(token_starts)
        lowest = limit - size // 3
        for wanted in (self._follows_pause, self._follows_space, self._begins_character):
            for token in range(limit, lowest, -1):
                if wanted(token_starts[token]):
                    return token
        return limit

    def _follows_pause(self, offset: int) -> bool:
        return self._text[offset - 1] in _PAUSES or self._text[offset - 2 : offset - 1] in _PAUSES

    def _follows_space(self, offset: int) -> bool:
        return self._text[offset - 1].isspace()

    def _begins_character(self, offset: int) -> bool:
        return not unicodedata.combining(self._text[offset]) and self._text[offset] not in "\u200c\u200d"

    def _tokens(self, text: str) -> list[tuple[int, int]]:
        """Ranges that cover the text's tokens; what is too long for one token, or has none, counts by its length."""
        ranges: list[tuple[int, int]] = []
        for window in range(0, len(text), _MAX_TOKENIZED_CHARS):
            piece = text[window : window + _MAX_TOKENIZED_CHARS]
            reached = 0
            for start, end in [*self._token_offsets(piece), (len(piece), len(piece))]:
                if start - reached > 4 * _CHARS_PER_TOKEN:
                    ranges.extend(_measured(window + reached, window + start))
                if end - start > 2 * _CHARS_PER_TOKEN:
                    ranges.extend(_measured(window + start, window + end))
                elif end > start:
                    ranges.append((window + start, window + end))
                reached = max(reached, end)
        return ranges


def _measured(start: int, end: int) -> list[tuple[int, int]]:
    return [(at, min(at + _CHARS_PER_TOKEN, end)) for at in range(start, end, _CHARS_PER_TOKEN)]
