"""A server that speaks the OpenAI protocol on loopback and says what a test wants; it keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.web_server import web_server

Write = Callable[[bytes], None]


@dataclass(slots=True)
class Script:
    """What the server does: pieces of text one after the other, a status, or bytes of a test's own."""

    pieces: Sequence[str] = ()
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    finish_reason: str = "stop"
    speak: Callable[[Write], None] | None = None
    gate: threading.Event = field(default_factory=threading.Event)  # each piece but the first waits for it
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    url: str = ""
    num_broken: int = 0

    def __post_init__(self) -> None:
        self.gate.set()


@contextmanager
def openai_server(script: Script) -> Iterator[Script]:
    """Serves the script, whose ``url`` is its base address, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/chat/completions"
            script.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            script.keys.append(self.headers.get("Authorization"))
            self.send_response(script.status)
            for name, value in {"Content-Type": "text/event-stream", **script.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                (script.speak or self._say)(self._write)
            except OSError:
                script.num_broken += 1

        def _say(self, write: Write) -> None:
            for number, piece in enumerate(script.pieces):
                if number:
                    script.gate.wait(20)
                write(chunk(piece))
            write(chunk("", finish_reason=script.finish_reason))
            usage = {"prompt_tokens": 700, "completion_tokens": 30, "prompt_tokens_details": {"cached_tokens": 512}}
            write(frame({"choices": [], "usage": usage}))
            write(b"data: [DONE]\n\n")

        def _write(self, said: bytes) -> None:
            self.wfile.write(said)
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    with web_server(Handler) as port:
        script.url = f"http://127.0.0.1:{port}/v1"
        try:
            yield script
        finally:
            script.gate.set()


def frame(body: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(body)}\n\n".encode()


def chunk(text: str, *, finish_reason: str | None = None) -> bytes:
    return frame({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish_reason}]})
