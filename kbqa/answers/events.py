"""All that an answer's stream may carry, in the order a reader should see it.

Sources, Token*, then Cited or Abstained, then Done; Failed may end it anywhere.
Waiting may stand between any two: it says only that the work goes on.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageView:
    """A retrieved passage as people and programs see it; offsets are of the version's canonical text.

    ``edited``: the text is an editor's, in place of what stands there.
    """

    document: str
    version: int
    title: str
    page: int | None
    start: int
    end: int
    text: str
    url: str
    edited: bool = False
    heading_path: tuple[str, ...] = ()
    scores: dict[str, float | int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationView:
    """A quote and the exact place it was copied from; ``answer_start`` marks the answer inside the quote.

    ``edited``: the quote is an editor's words, and the place is that of the passage they stand
    in for. The answer is `quote[answer_start - start : answer_end - start]` in either case.
    """

    number: int
    document: str
    version: int
    title: str
    page: int | None
    start: int
    end: int
    quote: str
    url: str
    answer_start: int | None = None
    answer_end: int | None = None
    edited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Curation:
    """Whose words an answer is, where an editor wrote it and nothing was read."""

    id: str
    collection: str
    by: str
    at: str  # ISO 8601


@dataclass(frozen=True, slots=True)
class Sources:
    """What was found; comes before anything is read."""

    passages: tuple[PassageView, ...]


@dataclass(frozen=True, slots=True)
class Token:
    """The next piece of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Cited:
    """The answer is complete, with its citations; what an editor wrote has no confidence, and perhaps no citation.

    ``written``: the text is a generator's, and names its citations by their numbers in brackets.
    """

    citations: tuple[CitationView, ...]
    confidence: float | None
    curated: Curation | None = None
    written: bool = False


@dataclass(frozen=True, slots=True)
class Abstained:
    """The documents do not say; the nearest passages stand in for an answer.

    ``tentative`` is what would have been answered, had it been surer: where to look first, and no answer.
    """

    confidence: float
    nearest: tuple[PassageView, ...]
    tentative: CitationView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The end of a turn that came to an end, and where it is kept."""

    answer_id: str
    conversation: str | None
    degraded: bool
    cached: bool
    timings_ms: dict[str, float]
    trace: dict[str, Any]  # Any: JSON


@dataclass(frozen=True, slots=True)
class Failed:
    """The end of a turn that did not; ``code`` is the API's."""

    answer_id: str
    code: str
    message: str
    retryable: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing new yet; a stream says so, to find out whether its reader is still there."""


def tokens_of(text: str) -> Iterator[Token]:
    """A text that is known whole, word by word."""
    return (Token(piece) for piece in re.findall(r"\S+\s*|\s+", text))


Event = Sources | Token | Cited | Abstained | Done | Failed | Waiting
