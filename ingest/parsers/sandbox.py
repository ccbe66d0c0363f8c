"""A source parsed in a confined process; every end is a document or one error of ``ingest.errors``."""

from __future__ import annotations

import json
import logging
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from ingest import errors
from ingest.config import IngestConfig
from ingest.confined import OutOfTime, confined, listen
from ingest.types import Page, ParsedDocument, RecognizedLine, Section, Source, Table

log = logging.getLogger(__name__)

_MAX_LOGGED_BYTES = 8_000
_OUT_OF_MEMORY = (b"MemoryError", b"bad_alloc", b"memory allocation", b"Out of memory")
_ERRORS_BY_CODE = {kind.code: kind for kind in errors.IngestError.__subclasses__()}
_TOO_LONG = "Reading the file took longer than the {seconds:.0f} seconds a file may take."
_TOO_MUCH = "Reading the file took more memory than a file may use."
_BROKE = "The file could not be read: its content made the reader fail. It may be damaged; try saving it anew."


def parse_in_child(
    source: Source,
    config: IngestConfig,
    *,
    recognized: Mapping[int, Sequence[RecognizedLine]] | None = None,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ParsedDocument:
    """The parsed source; ``source.media_type`` must be one that ``sniff`` names.

    ``recognized`` is what `ingest.ocr` found on pages that are pictures. ``cancelled``
    is asked five times a second. Raises an IngestError, or Cancelled.
    """
    request = {
        "path": str(source.path.absolute()),
        "name": source.name,
        "media_type": source.media_type,
        "config": asdict(config),
        "recognized": {page: [asdict(line) for line in lines] for page, lines in (recognized or {}).items()},
    }
    due = time.monotonic() + config.parser_timeout_s
    answer = _Answer(config, progress=progress)
    with confined("ingest.parsers.child", request) as child:
        try:
            listen(child, hear=answer.hear, hear_log=answer.hear_log, due=lambda: due, cancelled=cancelled)
        except OutOfTime as error:
            raise errors.ParserLimit(_TOO_LONG.format(seconds=config.parser_timeout_s)) from error
    if answer.log:
        log.info("parser said about %s: %s", source.name, answer.log.decode(errors="replace"))
    return answer.document(returncode=child.returncode)


class _Answer:
    """What has come over the pipes so far."""

    def __init__(self, config: IngestConfig, *, progress: Callable[[int, int], None] | None) -> None:
        self._config = config
        self._progress = progress
        self._max_bytes = 8 * config.max_text_chars + (64 << 20)
        self._num_bytes = 0
        self._pieces: list[bytes] = []
        self._line = b""
        self.log = b""

    def hear(self, received: bytes) -> None:
        """Raises SourceTooLarge past the cap, so a child cannot fill our memory."""
        self._num_bytes += len(received)
        if self._num_bytes > self._max_bytes:
            raise errors.SourceTooLarge("The file holds more text and structure than a file may hold.")
        *endings, rest = received.split(b"\n")
        for ending in endings:
            self._pieces.append(ending)
            self._end_line()
        self._pieces.append(rest)

    def hear_log(self, received: bytes) -> None:
        self.log = (self.log + received)[-_MAX_LOGGED_BYTES:]

    def document(self, *, returncode: int) -> ParsedDocument:
        try:
            answer: dict[str, Any] = json.loads(self._line)  # Any: JSON
            if "document" in answer:
                return _document(answer["document"])
            kind = _ERRORS_BY_CODE.get(answer["error"], errors.IngestError)
            error = kind(str(answer["message"]))
        except (ValueError, TypeError, KeyError, RecursionError):  # silence, or what a file made of the child
            error = self._cause_of_death(returncode)
        raise error

    def _cause_of_death(self, returncode: int) -> errors.IngestError:
        if returncode == -signal.SIGXCPU:
            return errors.ParserLimit(_TOO_LONG.format(seconds=self._config.parser_cpu_s))
        if returncode == -signal.SIGKILL or any(sign in self.log for sign in _OUT_OF_MEMORY):
            return errors.ParserLimit(_TOO_MUCH)
        return errors.CorruptSource(_BROKE)

    def _end_line(self) -> None:
        """A line of progress is passed on; any other is the answer."""
        line = b"".join(self._pieces)
        self._pieces.clear()
        if not line.startswith(b'{"progress"'):
            self._line = line
        elif self._progress:
            with suppress(ValueError, TypeError, KeyError, RecursionError):
                done, total = json.loads(line)["progress"]
                self._progress(int(done), int(total))


def _document(fields: dict[str, Any]) -> ParsedDocument:  # Any: JSON
    return ParsedDocument(
        text=str(fields["text"]),
        media_type=str(fields["media_type"]),
        title=str(fields["title"]),
        pages=tuple(Page(**page) for page in fields["pages"]),
        sections=tuple(Section(**{**section, "path": tuple(section["path"])}) for section in fields["sections"]),
        tables=tuple(Table(**table) for table in fields["tables"]),
        language=str(fields["language"]),
        warnings=tuple(str(warning) for warning in fields["warnings"]),
        pictures=tuple(int(page) for page in fields["pictures"]),
    )
