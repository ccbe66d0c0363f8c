"""Which words of a passage the search's terms stand for; the same analysis as the index's, so no mark is a guess."""

import re
from collections.abc import Collection, Iterator

from ingest.index.analyzer import terms_of

_WORD = re.compile(r"\w+")


def term_pieces(text: str, terms: Collection[str]) -> list[tuple[str, bool]]:
    """The text cut where a mark begins or ends; joined, it is the text again."""
    pieces, done = [], 0
    for start, end in _joined(_spans(text, frozenset(terms))):
        pieces += [(text[done:start], False), (text[start:end], True)]
        done = end
    return [(piece, marked) for piece, marked in [*pieces, (text[done:], False)] if piece]


def _spans(text: str, wanted: frozenset[str]) -> Iterator[tuple[int, int]]:
    for word in _WORD.finditer(text):
        own = terms_of(word.group())
        if not wanted.intersection(own):
            continue
        if len(own) == 1 or own[0] != word.group()[:2]:  # a word of a spaced script
            yield word.span()
        else:  # bigrams of a script without spaces: a mark for each pair that was looked for
            start = word.start()
            yield from ((start + n, start + n + 2) for n, pair in enumerate(own) if pair in wanted)


def _joined(spans: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Overlapping spans as one."""
    current: tuple[int, int] | None = None
    for start, end in spans:
        if current and start <= current[1]:
            current = (current[0], max(end, current[1]))
            continue
        if current:
            yield current
        current = (start, end)
    if current:
        yield current
