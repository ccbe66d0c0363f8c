"""The recogniser's process: `python -m ingest.ocr.child`, confined like a parser's.

One request from standard input; on standard output a line of JSON for each page:
``[[text, [x, y, x, y, x, y, x, y]], …]``, corners as in `ingest.types.RecognizedLine`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.confine import confine, seal
from ingest.errors import IngestError
from ingest.pages import Pages, open_pages
from ingest.sniff import HEIF

if TYPE_CHECKING:
    from .recogniser import Recogniser

_SCALE = 150 / 72  # 150 dots an inch, which is 9 for the smallest letters of ordinary print
_MAX_PIXELS = 24_000_000  # of larger sheets fewer dots
_NICE = 10  # a page takes seconds; whoever asks meanwhile comes first


def main() -> int:
    request = json.load(sys.stdin)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints goes to the log
    os.nice(_NICE)
    confine(memory_bytes=request["memory_bytes"], cpu_s=request["cpu_s"])
    import pypdfium2  # noqa: F401  # loaded before the door is shut
    from PIL import Image

    from ingest import office_pages  # noqa: F401

    from .recogniser import Recogniser

    Image.init()
    recogniser = Recogniser(threads=request["threads"])
    content = Path(request["path"]).read_bytes()
    seal(threads=request["media_type"] == HEIF)
    try:
        pages = open_pages(content, media_type=request["media_type"])
    except IngestError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    for number in request["pages"]:
        answers.write(json.dumps(_recognized(recogniser, pages, number)).encode() + b"\n")
        answers.flush()
    return 0


def _recognized(recogniser: Recogniser, pages: Pages, number: int) -> list[tuple[str, list[float]]]:
    """The page's lines; none where it cannot be drawn."""
    import numpy as np

    try:
        width, height = pages.size(number)
        scale = min(_SCALE, (_MAX_PIXELS / (width * height)) ** 0.5)
        picture = np.asarray(pages.draw(number, scale=scale))
    except IngestError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return []
    found = recogniser.lines(picture[:, :, ::-1])
    return [
        (line.text, [round(float(at), 1) for x, y in line.corners for at in (x / scale, height - y / scale)])
        for line in found
    ]


if __name__ == "__main__":
    raise SystemExit(main())
