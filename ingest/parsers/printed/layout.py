"""Lines of a PDF → headings, paragraphs and verbatim blocks, by their sizes and the gaps between them.

A heading is set larger than the body, or bold on a line of its own. A line break
is kept where the next word would still have fitted on the line: then somebody
meant it, as in a form, an address or a list.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Self

from ingest.clean import clean_text

from .columns import Rows, with_tables
from .heads import with_heads
from .hyphens import Words
from .line import LEADERS, Line

_LARGER = 1.12
_MAX_HEADING_CHARS = 160
_MAX_LEVELS = 5
# Bold lines farther apart than so many letter sizes are headings of their own, however far apart the body's are.
_MAX_BOLD_STEP = 1.6
_BULLET = re.compile(r"(?:-(?=\s\w)|[•‣▪●○◦■□–—*\uf0b7\uf0a7]|\(?(?:\d{1,3}|[a-zA-Z])[.)])\s")
_SENTENCE_END = re.compile(r"[.!?:;。！？：；…][\"'”’)\]」』）]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A heading (``level`` from 1), a paragraph, lines whose breaks are kept, or a table's rows; with its place."""

    text: str
    level: int = 0
    size: float = 0.0
    is_verbatim: bool = False
    rows: Rows | None = None
    bottom: float = 0.0
    top: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A document's type sizes: the body's, and the headings' from the largest; and its words."""

    body_size: float
    heading_sizes: tuple[float, ...]
    turns: int
    words: Words = field(default_factory=Words)

    @classmethod
    def of(cls, pages: Sequence[Sequence[Line]]) -> Self:
        chars_by_size: Counter[float] = Counter()
        chars_by_turns: Counter[int] = Counter()
        for lines in pages:
            for line in lines:
                chars_by_size[line.size] += len(line.text)
                chars_by_turns[line.turns] += len(line.text)
        body = max(chars_by_size, key=lambda size: chars_by_size[size], default=0.0)
        turns = max(chars_by_turns, key=lambda turns: chars_by_turns[turns], default=0)
        larger = sorted((size for size in chars_by_size if size > body * _LARGER), reverse=True)
        words = Words.of(line.text for lines in pages for line in lines)
        return cls(body_size=body, heading_sizes=tuple(_steps(larger)), turns=turns, words=words)

    def blocks(self, lines: Sequence[Line]) -> Iterator[Block]:
        """The page's blocks, in the order of its lines."""
        pending: list[Line] = []
        for entry in with_heads([*with_tables(lines)]):
            if isinstance(entry, Line):
                pending.append(entry)
            else:
                yield from self._text_blocks(pending)
                pending = []
                yield Block(text="", rows=entry, top=entry.top)
        yield from self._text_blocks(pending)

    def _text_blocks(self, lines: Sequence[Line]) -> Iterator[Block]:
        for group in _groups(lines):
            level = self._level(group)
            bottom, top = min(line.bottom for line in group), max(line.top for line in group)
            if level:
                text = _joined(group, right=0.0, words=self.words).replace("\n", " ")
                yield Block(text=text, level=level, size=group[0].size, bottom=bottom, top=top)
            else:
                text = _joined(group, right=max(line.right for line in group), words=self.words)
                yield Block(text=text, is_verbatim="\n" in text, bottom=bottom, top=top)

    def _level(self, group: Sequence[Line]) -> int:
        """The heading's level, 0 for other text."""
        text = " ".join(line.text for line in group)
        if (
            group[0].turns != self.turns
            or len(group) > 4
            or len(text) > _MAX_HEADING_CHARS
            or sum(map(str.isalpha, text)) < max(2, len(text) // 3)
        ):
            return 0
        size = median(line.size for line in group)
        if size > self.body_size * _LARGER:
            closest = min(self.heading_sizes, key=lambda step: abs(step - size))
            return 1 + self.heading_sizes.index(closest)
        is_name = (
            all(line.is_bold for line in group) and len(group) <= 2 and not text.rstrip().endswith((".", ",", ";"))
        )
        if is_name and size >= 0.95 * self.body_size and not _BULLET.match(text[:2]):
            return len(self.heading_sizes) + 1
        return 0


def continues_paragraph(block: Block, following: Block) -> bool:
    """Whether a page break runs through a sentence."""
    if (
        block.level
        or following.level
        or following.rows
        or block.is_verbatim
        or len(block.text) < 60
        or _BULLET.match(following.text)
    ):
        return False
    ends = _SENTENCE_END.search(block.text.rstrip()) is not None
    first = following.text[:1]
    return not ends and (first.islower() or "\u3400" <= first <= "\u9fff")


def _steps(sizes: Sequence[float]) -> list[float]:
    """Sizes that differ by less than a twentieth are one step; the smallest steps share the last level."""
    steps: list[float] = []
    for size in sizes:
        if not steps or size < 0.95 * steps[-1]:
            steps.append(size)
    return steps[:_MAX_LEVELS]


def _groups(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines that belong together: one size, an ordinary distance, no sign of a new paragraph."""
    distance = _usual_distance(lines)
    group: list[Line] = []
    for line in lines:
        if group and _starts_anew(group, line, distance=distance):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _usual_distance(lines: Sequence[Line]) -> float:
    """The usual step from line to line, in units of the letters' size."""
    steps = [
        (above.bottom - below.bottom) / max(1.0, above.size)
        for above, below in pairwise(lines)
        if 0 < above.bottom - below.bottom < 3 * above.size and abs(above.size - below.size) < 0.1 * above.size
    ]
    return median(steps) if len(steps) > 2 else 1.3


def _starts_anew(group: Sequence[Line], line: Line, *, distance: float) -> bool:
    above = group[-1]
    step = above.bottom - line.bottom
    if abs(line.size - above.size) > 0.12 * max(line.size, above.size) or line.is_bold != above.is_bold:
        return True
    most = distance * 1.25 + 0.1
    if step > (min(most, _MAX_BOLD_STEP) if line.is_bold else most) * above.size or _BULLET.match(line.text):
        return True
    if step < -0.5 * above.size:  # a new column: the sentence may go on there
        return bool(_SENTENCE_END.search(above.text)) or not line.text[:1].islower()
    if not _SENTENCE_END.search(above.text):
        return False
    left, right = min(entry.left for entry in group), max(entry.right for entry in group)
    indented = line.left > left + 0.7 * line.size and line.left > above.left + 0.7 * line.size
    return indented or (len(group) > 1 and above.right < right - 0.2 * (right - left))


def _joined(group: Sequence[Line], *, right: float, words: Words) -> str:
    """The group's text; a break stays where the next line's first word would have fitted before ``right``."""
    text = ""
    above: Line | None = None
    for line in group:
        content = LEADERS.sub(" … ", " ".join(clean_text(line.text).split()))
        kept = above is not None and ("…" in text[-12:] or _fits(above, line, content, right=right))
        text = f"{text}\n{content}" if kept else words.join_line(text, content)
        above = line
    return text


def _fits(above: Line, line: Line, content: str, *, right: float) -> bool:
    words = content.split(maxsplit=1)
    if not words:
        return False
    char_width = (line.right - line.left) / max(1, len(content))
    return above.right + (len(words[0]) + 2) * char_width < right - 0.5 * line.size
