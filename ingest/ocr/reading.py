"""Pictured pages → the lines recognised on each; a page that breaks the recogniser costs itself alone."""

from __future__ import annotations

import json
import logging
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
_MAX_DEATHS = 3  # in a row: then it is not the page's fault
Recognized = dict[int, tuple[RecognizedLine, ...]]


def recognize(
    source: Source,
    pages: Sequence[int],
    *,
    config: IngestConfig,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Recognized:
    """What stands on each of these pages in reading order, nothing where none could be read.

    ``progress`` is told how many pages are done, of how many. Pages beyond ``config.ocr_max_pages`` are left.
    Raises Cancelled when nobody wants it any more.
    """
    left = list(pages[: config.ocr_max_pages])
    total, found, num_deaths = len(left), Recognized(), 0
    while left and num_deaths < _MAX_DEATHS:
        answer = _Answer(left, config, report=_further(progress, done=len(found), total=total))
        _ask(source, left, config, answer, cancelled)
        found |= answer.found
        num_deaths = 0 if answer.found else num_deaths + 1
        left = left[len(answer.found) :]
        if left:
            said = answer.log.decode(errors="replace")
            log.info("no text recognised on page %d of %s: %s", left[0], source.name, said)
            found[left.pop(0)] = ()
    return found


def _ask(
    source: Source, pages: list[int], config: IngestConfig, answer: _Answer, cancelled: Callable[[], bool] | None
) -> None:
    """One child, until it ends or is silent for as long as a page may take."""
    request = {
        "path": str(source.path.absolute()),
        "media_type": source.media_type,
        "pages": pages,
        "memory_bytes": config.ocr_memory_bytes,
        "cpu_s": int(_START_S + config.ocr_page_s * len(pages)),
    }
    with confined(_CHILD, request) as child:
        try:
            listen(child, hear=answer.hear, hear_log=answer.hear_log, due=answer.due, cancelled=cancelled)
        except OutOfTime:
            log.info("recognising %s ran out of time", source.name)


def _further(progress: Callable[[int, int], None] | None, *, done: int, total: int) -> Callable[[int], None]:
    def report(more: int) -> None:
        if progress:
            progress(done + more, total)

    return report


class _Answer:
    """What one child has said: a line of JSON for each page, in their order."""

    def __init__(self, pages: Sequence[int], config: IngestConfig, *, report: Callable[[int], None]) -> None:
        self._pages, self._page_s, self._report = pages, config.ocr_page_s, report
        self._begun = b""
        self.found = Recognized()
        self.log = b""
        self._due = time.monotonic() + _START_S + self._page_s

    def due(self) -> float:
        """By the monotonic clock."""
        return self._due

    def hear(self, received: bytes) -> None:
        *answers, self._begun = (self._begun + received).split(b"\n")
        for answer in answers[: len(self._pages) - len(self.found)]:
            page = self._pages[len(self.found)]
            self.found[page] = tuple(in_reading_order(_lines(answer)))
            self._due = time.monotonic() + self._page_s
            self._report(len(self.found))
        self._begun = self._begun[:_MAX_ANSWER_BYTES]

    def hear_log(self, received: bytes) -> None:
        self.log = (self.log + received)[-_MAX_LOGGED_BYTES:]


def _lines(answer: bytes) -> list[RecognizedLine]:
    """A page's lines; none where what a file made of the child says something else."""
    try:
        return [RecognizedLine(text=str(text), corners=_corners(at)) for text, at in json.loads(answer)]
    except (ValueError, TypeError):
        return []


def _corners(at: list[float]) -> tuple[float, ...]:
    x0, y0, x1, y1, x2, y2, x3, y3 = map(float, at)
    return x0, y0, x1, y1, x2, y2, x3, y3
