"""The parser's process: one request from standard input, one answer in lines of JSON on standard output.

It limits itself before it reads a byte of the source, and imports neither torch
nor Django. A line is ``{"progress": [done, total]}``, ``{"document": …}`` or
``{"error": code, "message": sentence}``; whatever else happens, the parent sees
an exit without an answer.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ingest.config import IngestConfig
from ingest.confine import confine, seal
from ingest.errors import IngestError, ParserLimit
from ingest.types import ParsedDocument, RecognizedLine, Source


def main() -> int:
    request = json.load(sys.stdin)
    # The answer has standard output to itself; what a library prints goes to the log.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    config = IngestConfig(**request["config"])
    source = Source(path=Path(request["path"]), name=request["name"], media_type=request["media_type"])
    confine(memory_bytes=config.parser_memory_bytes, cpu_s=config.parser_cpu_s)

    def send(answer: dict[str, Any]) -> None:  # Any: JSON
        answers.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
        answers.flush()

    try:
        document = _parse(
            source,
            config,
            recognized=_recognized(request["recognized"]),
            report=lambda done, total: send({"progress": [done, total]}),
        )
    except IngestError as error:
        send({"error": error.code, "message": str(error)})
    except (MemoryError, RecursionError):
        send({"error": ParserLimit.code, "message": "Reading the file took more memory than a file may use."})
    else:
        send({"document": asdict(document)})
    answers.close()
    return 0


def _parse(
    source: Source, config: IngestConfig, *, recognized: dict[int, list[RecognizedLine]], report: Any
) -> ParsedDocument:  # Any: a callback
    from . import parser_for
    from .base import ParserContext

    parse = parser_for(source.media_type)
    seal()
    return parse(source, ParserContext(config=config, progress=_every_so_often(report), recognized=recognized))


def _recognized(pages: dict[str, list[dict[str, Any]]]) -> dict[int, list[RecognizedLine]]:  # Any: JSON
    return {int(number): [RecognizedLine(**line) for line in lines] for number, lines in pages.items()}


def _every_so_often(report: Any) -> Any:  # Any: a callback
    """A hundred reports at most, so that a long file does not spend its time talking."""
    last = -1

    def maybe(done: int, total: int) -> None:
        nonlocal last
        percent = 100 * done // max(1, total)
        if percent != last:
            last = percent
            report(done, total)

    return maybe


if __name__ == "__main__":
    raise SystemExit(main())
