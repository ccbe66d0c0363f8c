"""A PDF's title where its maker declared none: the largest heading of its first page, if that stands on top."""

from __future__ import annotations

from collections.abc import Sequence

from .layout import Block

_MIN_TITLE_CHARS = 6
_MIN_BODY_CHARS = 100


def heading_on_top(blocks: Sequence[Block]) -> str:
    """The first page's largest heading; none where body text or a table stands above or beside it."""
    headings = [block for block in blocks if block.level and len(block.text) >= _MIN_TITLE_CHARS]
    if not headings:
        return ""
    largest = max(headings, key=lambda block: block.size)
    is_below_body = any(_is_body(block) and block.top > largest.bottom for block in blocks)
    return "" if is_below_body else largest.text


def _is_body(block: Block) -> bool:
    return bool(block.rows) or (not block.level and len(block.text) >= _MIN_BODY_CHARS)
