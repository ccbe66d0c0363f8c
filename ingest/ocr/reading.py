"""Pictured pages → the lines recognised on each; a page that breaks the recogniser costs itself alone."""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Sequence

from ingest.config import IngestConfig
from ingest.confined import OutOfTime, confined, listen
from ingest.parsers.printed.recognized import in_reading_order
from ingest.types import RecognizedLine, Source

log = logging.getLogger(__name__)

_CHILD = "ingest.ocr.child"
_START_S = 60.0  # to load what recognises
_MAX_LOGGED_BYTES = 4_000
_MAX_ANSWER_BYTES = 4 << 20  # of one page
_MAX_LINES = 2_000  # of one page
_MAX_DEATHS = 3  # in a row: then it is not the page's fault


def recognize(
    source: Source,
    pages: Sequence[int],
    *,
    config: IngestConfig,
    hear: Callable[[int, Sequence[RecognizedLine]], None],
    cancelled: Callable[[], bool] | None = None,
) -> list[int]:
    """``hear(page, lines)`` what stands on each of these pages, as soon as it is known, in reading order.

    Returns the pages that could not be read. Raises Cancelled when nobody wants it any
    more, and whatever ``hear`` raises.
    """
    left, unread, num_deaths = list(pages), list[int](), 0
    due = time.monotonic() + config.ocr_timeout_s
    while left and num_deaths < _MAX_DEATHS and time.monotonic() < due:
        answer = _Answer(left, config, hear=hear, due=due)
        _ask(source, left, config, answer, cancelled)
        num_deaths = 0 if answer.num_heard else num_deaths + 1
        left = left[answer.num_heard :]
        if left:
            said = answer.log.decode(errors="replace")
            log.info("no text recognised on page %d of %s: %s", left[0], source.name, said)
            unread.append(left.pop(0))
    return unread + left


def _ask(
    source: Source, pages: list[int], config: IngestConfig, answer: _Answer, cancelled: Callable[[], bool] | None
) -> None:
    """One child, until it ends or is silent for as long as a page may take."""
    request = {
        "path": str(source.path.absolute()),
        "media_type": source.media_type,
        "pages": pages,
        "threads": config.ocr_threads,
        "memory_bytes": config.ocr_memory_bytes,
        "cpu_s": int(_START_S + config.ocr_page_s * len(pages) * config.ocr_threads),
    }
    with confined(_CHILD, request) as child:
        try:
            listen(child, hear=answer.hear, hear_log=answer.hear_log, due=answer.due, cancelled=cancelled)
        except OutOfTime:
            log.info("recognising %s ran out of time", source.name)


class _Answer:
    """What one child says: a line of JSON for each page, in their order."""

    def __init__(
        self,
        pages: Sequence[int],
        config: IngestConfig,
        *,
        hear: Callable[[int, Sequence[RecognizedLine]], None],
        due: float,
    ) -> None:
        self._pages, self._page_s, self._hear, self._last_due = pages, config.ocr_page_s, hear, due
        self._begun = b""
        self._page_due = time.monotonic() + _START_S + self._page_s
        self.num_heard = 0
        self.log = b""

    def due(self) -> float:
        """By the monotonic clock."""
        return min(self._page_due, self._last_due)

    def hear(self, received: bytes) -> None:
        *answers, self._begun = (self._begun + received).split(b"\n")
        for answer in answers[: len(self._pages) - self.num_heard]:
            self._hear(self._pages[self.num_heard], in_reading_order(_lines(answer)))
            self.num_heard += 1
            self._page_due = time.monotonic() + self._page_s
        self._begun = self._begun[:_MAX_ANSWER_BYTES]

    def hear_log(self, received: bytes) -> None:
        self.log = (self.log + received)[-_MAX_LOGGED_BYTES:]


def _lines(answer: bytes) -> list[RecognizedLine]:
    """A page's lines; none where what a file made of the child says something else."""
    try:
        return [
            RecognizedLine(text=_clean(str(text)), corners=_corners(at)) for text, at in json.loads(answer)[:_MAX_LINES]
        ]
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return []


def _clean(text: str) -> str:
    return text.encode(errors="replace").decode().replace("\0", "")


def _corners(at: list[float]) -> tuple[float, ...]:
    corners = tuple(map(float, at))
    if len(corners) != 8 or not all(map(math.isfinite, corners)):
        raise ValueError("four corners have eight numbers")
    return corners
