"""Pictured pages → the lines recognised on each; a page that breaks the recogniser costs itself alone."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec

from ingest.config import IngestConfig
from ingest.confined import OutOfTime, confined, listen
from ingest.types import RecognizedLine, Source

log = logging.getLogger(__name__)

_CHILD = "ingest.ocr.child"
_START_S = 60.0  # to load what recognises
_MAX_LOGGED_BYTES = 4_000
_MAX_LINE_BYTES = 4 << 20
_MAX_DEATHS = 3  # in a row: then it is not the page's fault
Recognized = dict[int, tuple[RecognizedLine, ...]]


@cache
def is_installed() -> bool:
    """Whether the extra ``ocr`` is there."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


def recognize(
    source: Source,
    pages: Sequence[int],
    *,
    config: IngestConfig,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Recognized:
    """What stands on each of these pages, nothing where none could be read; Cancelled when nobody wants it any more.

    ``progress`` is told how many pages are done, of how many. Pages beyond ``config.ocr_max_pages`` are left.
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
        *lines, self._begun = (self._begun + received).split(b"\n")
        for line in lines:
            if len(self.found) < len(self._pages):
                corners_by_text = json.loads(line[:_MAX_LINE_BYTES])
                page = self._pages[len(self.found)]
                self.found[page] = tuple(RecognizedLine(text=text, corners=tuple(at)) for text, at in corners_by_text)
                self._due = time.monotonic() + self._page_s
                self._report(len(self.found))
        self._begun = self._begun[:_MAX_LINE_BYTES]

    def hear_log(self, received: bytes) -> None:
        self.log = (self.log + received)[-_MAX_LOGGED_BYTES:]
