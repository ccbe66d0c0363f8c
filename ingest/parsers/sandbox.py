"""A source parsed in a process of its own, so that a bad file harms nothing but its own ingestion.

The child is a fresh interpreter in its own process group and an empty working
folder, without our environment. It is killed with its group when it is out of
time, says too much, or nobody wants its answer any more. Every end is a document
or one error of ``ingest.errors``.
"""

from __future__ import annotations

import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import ingest
from ingest import errors
from ingest.config import IngestConfig
from ingest.types import Page, ParsedDocument, Section, Source, Table

log = logging.getLogger(__name__)

_POLL_S = 0.2
_MAX_LOGGED_BYTES = 8_000
_OUT_OF_MEMORY = (b"MemoryError", b"bad_alloc", b"memory allocation", b"Out of memory")
_ERRORS_BY_CODE = {kind.code: kind for kind in errors.IngestError.__subclasses__()}
_TOO_LONG = "Reading the file took longer than the {seconds:.0f} seconds a file may take."
_TOO_MUCH = "Reading the file took more memory than a file may use."
_BROKE = "The file could not be read: its content made the reader fail. It may be damaged; try saving it anew."


class ParsingCancelled(Exception):
    """Nobody wants the answer any more; the child is gone."""


def parse_in_child(
    source: Source,
    config: IngestConfig,
    *,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ParsedDocument:
    """The parsed source; ``source.media_type`` must be one that ``sniff`` names.

    ``cancelled`` is asked five times a second. Raises an IngestError, or
    ParsingCancelled.
    """
    with tempfile.TemporaryDirectory(prefix="kbqa-parse-") as folder, _child(source, config, folder=folder) as child:
        answer = _Answer(config, progress=progress)
        _listen(child, answer, config=config, cancelled=cancelled or _never)
        if answer.log:
            log.info("parser said about %s: %s", source.name, answer.log.decode(errors="replace"))
        return answer.document(media_type=source.media_type, returncode=child.returncode)


def _never() -> bool:
    return False


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

    def document(self, *, media_type: str, returncode: int) -> ParsedDocument:
        try:
            answer: dict[str, Any] = json.loads(self._line)  # Any: JSON
        except ValueError:
            answer = {}
        if "document" in answer:
            return _document(answer["document"])
        if "error" in answer:
            kind = _ERRORS_BY_CODE.get(answer["error"], errors.IngestError)
            raise kind(str(answer["message"]))
        raise self._cause_of_death(returncode)

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
            done, total = json.loads(line)["progress"]
            self._progress(int(done), int(total))


def _listen(
    child: subprocess.Popen[bytes], answer: _Answer, *, config: IngestConfig, cancelled: Callable[[], bool]
) -> None:
    """Read both pipes until the child closes them, the time is over or the answer is unwanted."""
    assert child.stdout
    assert child.stderr
    due = time.monotonic() + config.parser_timeout_s
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ, answer.hear)
        selector.register(child.stderr, selectors.EVENT_READ, answer.hear_log)
        while selector.get_map() or child.poll() is None:
            if cancelled():
                raise ParsingCancelled
            if time.monotonic() > due:
                raise errors.ParserLimit(_TOO_LONG.format(seconds=config.parser_timeout_s))
            for key, _ in selector.select(_POLL_S if selector.get_map() else 0.01):
                received = os.read(key.fd, 1 << 20)
                if received:
                    key.data(received)
                else:
                    selector.unregister(key.fileobj)


@contextmanager
def _child(source: Source, config: IngestConfig, *, folder: str) -> Iterator[subprocess.Popen[bytes]]:
    """The running child, dead with its whole group when the block is left."""
    child = subprocess.Popen(
        [sys.executable, "-s", "-B", "-m", "ingest.parsers.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=_environment(folder),
        start_new_session=True,
    )
    try:
        assert child.stdin
        request = {
            "path": str(source.path.absolute()),
            "name": source.name,
            "media_type": source.media_type,
            "config": asdict(config),
        }
        with suppress(BrokenPipeError), child.stdin as pipe:
            pipe.write(json.dumps(request).encode())
        yield child
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        for stream in (child.stdout, child.stderr):
            if stream:
                stream.close()


def _environment(folder: str) -> dict[str, str]:
    """No keys, no addresses: only what Python needs to start and to find us."""
    root = str(Path(ingest.__file__).resolve().parents[1])
    return {
        "PYTHONPATH": root,
        "PATH": os.defpath,
        "HOME": folder,
        "TMPDIR": folder,
        "LANG": "C.UTF-8",
        "PYTHONUTF8": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


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
    )
