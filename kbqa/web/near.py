"""The part of a passage that has most in common with a question, the shared words marked."""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from itertools import accumulate

from .term_marks import term_pieces

NEAR_CHARS = 240
_WORD_CHARS = 20  # an edge moves this far at most to stand between two words

Span = tuple[int, int]
Pieces = list[tuple[str, bool]]


def near_pieces(text: str, terms: Collection[str], *, most_chars: int = NEAR_CHARS) -> Pieces:
    """At most that much of the text around where most of the terms stand together; what is left out is an ellipsis."""
    if len(text) <= most_chars:
        return term_pieces(text, terms)
    start, end = _between_words(text, _window(text, _spans(term_pieces(text, terms)), most_chars))
    before, after = [("…", False)] if start else [], [("…", False)] if end < len(text) else []
    return [*before, *term_pieces(text[start:end], terms), *after]


def _spans(pieces: Pieces) -> list[Span]:
    """Where the marked pieces stand."""
    ends = accumulate(len(piece) for piece, _ in pieces)
    return [(end - len(piece), end) for end, (piece, marked) in zip(ends, pieces, strict=True) if marked]


def _window(text: str, marks: Sequence[Span], most_chars: int) -> Span:
    """The run of marks with most different words, in the middle of so many characters; the text's start for none."""
    ends = [end for _, end in marks]
    runs = [marks[at : bisect_right(ends, start + most_chars)] for at, (start, _) in enumerate(marks)]
    best = max(runs, key=lambda run: len({text[slice(*mark)].casefold() for mark in run}), default=())
    middle = (best[0][0] + best[-1][1]) // 2 if best else 0
    start = max(0, min(middle - most_chars // 2, len(text) - most_chars))
    return start, start + most_chars


def _between_words(text: str, window: Span) -> Span:
    """The window without the halves of words at its edges, where there are spaces."""
    start, end = window
    if start and (space := text.find(" ", start - 1, start + _WORD_CHARS)) >= 0:
        start = space + 1
    if end < len(text) and (space := text.rfind(" ", end - _WORD_CHARS, end + 1)) >= 0:
        end = space
    return start, end
