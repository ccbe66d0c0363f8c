"""Two pages behind `Draining`: who served it, and one written for five seconds. No Django, so it loads at once."""

import os
import time
from collections.abc import Iterable, Iterator
from wsgiref.types import StartResponse, WSGIEnvironment

from kbqa.ops.draining import Draining


def _pages(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return _written_slowly() if environ["PATH_INFO"] == "/slow" else [str(os.getpid()).encode()]


def _written_slowly() -> Iterator[bytes]:
    for _ in range(50):
        yield b"word "
        time.sleep(0.1)
    yield b"end"


application = Draining(_pages, workers=int(os.environ["WORKERS"]))
application.prepare()
