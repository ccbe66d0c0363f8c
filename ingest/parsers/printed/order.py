"""What heads a page is read first, though the file may draw it after the text below it."""

from __future__ import annotations

from collections.abc import Sequence

from .line import Line

_LARGER = 1.12


def with_masthead_first(lines: Sequence[Line]) -> list[Line]:
    """The lines in their order, but first those that stand wholly above all before them and are set larger."""
    if not lines:
        return []
    top, size, start = lines[0].top, lines[0].size, 1
    while start < len(lines):
        end = start
        while end < len(lines) and lines[end].turns == lines[0].turns and lines[end].bottom >= top:
            end += 1
        if end > start and max(line.size for line in lines[start:end]) > _LARGER * size:
            return [*lines[start:end], *lines[:start], *lines[end:]]
        end = max(end, start + 1)
        top = max(top, *(line.top for line in lines[start:end]))
        size = max(size, *(line.size for line in lines[start:end]))
        start = end
    return list(lines)
