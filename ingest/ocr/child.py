"""The recogniser's process: `python -m ingest.ocr.child`, confined like a parser's.

One request from standard input; on standard output a line of JSON for each page:
``[[text, [x, y, x, y, x, y, x, y]], …]``, corners as in `ingest.types.RecognizedLine`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from ingest.confine import confine, seal
from ingest.errors import IngestError
from ingest.pages import Pages, open_pages

# An A4 page at 150 dots an inch, which is 9 dots for the smallest letters of ordinary print.
_MAX_PIXELS = 2_200_000
_MAX_SIDE = 4_000
_NICE = 10  # a page takes seconds; whoever asks meanwhile comes first
_LEAST_SCORE = 0.6  # below, what was recognised is a smudge as often as a word


def main() -> int:
    request = json.load(sys.stdin)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints goes to the log
    os.nice(_NICE)
    confine(memory_bytes=request["memory_bytes"], cpu_s=request["cpu_s"])
    recogniser = _recogniser(threads=request["threads"])
    content = Path(request["path"]).read_bytes()
    _load_all(request["media_type"])
    seal()
    try:
        pages = open_pages(content, media_type=request["media_type"])
    except IngestError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    for number in request["pages"]:
        answers.write(json.dumps(_recognized(recogniser, pages, number), ensure_ascii=False).encode() + b"\n")
        answers.flush()
    return 0


def _recogniser(*, threads: int) -> Any:  # Any: rapidocr has no types
    import cv2
    from rapidocr import RapidOCR

    cv2.setNumThreads(1)
    return RapidOCR(
        params={
            "Global.log_level": "error",
            "Global.max_side_len": _MAX_SIDE,
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,  # started here: a sealed process starts none
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def _load_all(media_type: str) -> None:
    """What is imported on first use, imported before the door is shut."""
    import pypdfium2  # noqa: F401
    from PIL import Image

    Image.init()


def _recognized(recogniser: Any, pages: Pages, number: int) -> list[tuple[str, list[float]]]:  # Any: see above
    """The page's lines; none where it cannot be drawn."""
    import numpy as np

    try:
        width, height = pages.size(number)
        scale = min((_MAX_PIXELS / (width * height)) ** 0.5, _MAX_SIDE / max(width, height))
        picture = np.asarray(pages.draw(number, scale=scale))[:, :, ::-1]  # blue, green, red, as OpenCV has them
    except IngestError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return []
    found = recogniser(np.ascontiguousarray(picture))
    if found.boxes is None:
        return []
    return [
        (text, [round(float(at), 1) for x, y in box for at in (x / scale, height - y / scale)])
        for box, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
        if score >= _LEAST_SCORE
    ]


if __name__ == "__main__":
    raise SystemExit(main())
