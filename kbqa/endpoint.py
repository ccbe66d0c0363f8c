"""A generator that runs elsewhere, behind the chat completions of an OpenAI-compatible server.

Its address is a setting, never a person's, so it may be this machine's or one of the
network behind it; what people type is `kbqa/fetch.py`'s alone. No redirect is followed,
for the key would go with it. The deadline or an abort cuts the line, whatever it waits for.
"""

import http.client
import json
import re
import socket
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

from inference.completion import FinishReason, Message, SamplingParams, TokenEvent, TokenStream
from inference.deadline import Deadline
from inference.errors import DeadlineExceeded, EngineError, EngineFailed, Overloaded, RequestAborted

_LONGEST_CALL_S: Final = 600.0  # of a caller who names no deadline
_MAX_LINE: Final = 1 << 20
_MAX_BYTES: Final = 16 << 20
_BUSY: Final = (429, 503)
_SECONDS: Final = re.compile(r"[0-9]{1,5}")


class Endpoint:
    """`generate` and `abort` as the engine has them; safe for many threads."""

    def __init__(self, url: str, *, model: str, key: str = "") -> None:
        parts = urlsplit(url.rstrip("/"))
        self._connection = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._host, self._port, self._path = parts.hostname or "", parts.port, f"{parts.path}/chat/completions"
        self._model, self._key = model, key
        self._lines: defaultdict[str, set[_Line]] = defaultdict(set)
        self._lock = threading.Lock()
        self.generator_fingerprint = f"{url.rstrip('/')}#{model}"

    def generate(
        self,
        prompt: Sequence[Message],
        *,
        sampling: SamplingParams | None = None,
        deadline: Deadline | None = None,
        request_id: str = "",
    ) -> TokenStream:
        """The answer as it comes. Raises Overloaded, DeadlineExceeded, RequestAborted or EngineFailed at once."""
        deadline = deadline or Deadline.after(_LONGEST_CALL_S)
        deadline.check("the generator")
        line = _Line(self._connection(self._host, self._port, timeout=deadline.remaining_s), deadline)
        with self._lock:
            self._lines[request_id].add(line)
        try:
            response = line.post(self._path, self._body(prompt, sampling or SamplingParams()), self._headers())
            if response.status != 200:
                raise _refusal(response)
        except (OSError, http.client.HTTPException) as error:
            self._forget(request_id, line)
            raise line.why_cut() or EngineFailed(f"the generator's endpoint cannot be reached: {error!r}") from error
        except EngineError:
            self._forget(request_id, line)
            raise
        return _Stream(response, line, on_end=lambda: self._forget(request_id, line))

    def abort(self, request_id: str) -> bool:
        """Cut every line of this id; whether there was one."""
        with self._lock:
            lines = list(self._lines.get(request_id, ()))
        for line in lines:
            line.cut()
        return bool(lines)

    def _forget(self, request_id: str, line: "_Line") -> None:
        line.close()
        with self._lock:
            self._lines[request_id].discard(line)
            if not self._lines[request_id]:
                del self._lines[request_id]

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream", "Connection": "close"}
        return {**headers, "Authorization": f"Bearer {self._key}"} if self._key else headers

    def _body(self, prompt: Sequence[Message], sampling: SamplingParams) -> bytes:
        return json.dumps(
            {
                "model": self._model,
                "messages": [{"role": message.role, "content": message.content} for message in prompt],
                "max_tokens": sampling.max_tokens,
                "temperature": sampling.temperature,
                "stream": True,
                "stream_options": {"include_usage": True},
            }
        ).encode()


class _Line:
    """A connection that the deadline, or another thread, may cut while somebody reads from it."""

    def __init__(self, connection: http.client.HTTPConnection, deadline: Deadline) -> None:
        self._connection, self._deadline = connection, deadline
        self._socket: socket.socket | None = None
        self._is_cut = False
        self._timer = threading.Timer(deadline.remaining_s, self._shut)
        self._timer.daemon = True
        self._timer.start()

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> http.client.HTTPResponse:
        self._connection.connect()
        self._socket = self._connection.sock  # the connection forgets it once the response has begun
        if self._is_cut:
            raise ConnectionAbortedError
        self._connection.request("POST", path, body, headers)
        return self._connection.getresponse()

    def cut(self) -> None:
        self._is_cut = True
        self._shut()

    def why_cut(self) -> EngineError | None:
        """What ended it, if it did not end by itself."""
        if self._is_cut:
            return RequestAborted("the reader went away")
        return None if self._deadline.remaining_s else DeadlineExceeded("the generator")

    def close(self) -> None:
        self._timer.cancel()
        self._connection.close()
        if self._socket is not None:
            self._socket.close()

    def _shut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


class _Stream(TokenStream):
    """The endpoint's events, the last one with a finish; whatever breaks off is a finish too."""

    def __init__(self, response: http.client.HTTPResponse, line: _Line, *, on_end: Any) -> None:  # Any: a thunk
        self._line, self._on_end = line, on_end
        self._events = self._heard(response)

    def __next__(self) -> TokenEvent:
        return next(self._events)

    def close(self) -> None:
        self._line.cut()
        self._on_end()

    def _heard(self, response: http.client.HTTPResponse) -> Iterator[TokenEvent]:
        finish: FinishReason | None = None
        usage: dict[str, Any] = {}  # Any: JSON
        try:
            for chunk in _chunks(response):
                usage = dict(chunk.get("usage") or usage)
                for choice in chunk.get("choices") or ():
                    if text := (choice.get("delta") or {}).get("content"):
                        yield TokenEvent(text=str(text))
                    if reason := choice.get("finish_reason"):
                        finish = FinishReason.LENGTH if reason == "length" else FinishReason.FINISHED
        except (OSError, http.client.HTTPException, ValueError, AttributeError, TypeError):
            finish = None  # in the middle of something, or of nothing that this protocol has
        yield _last(finish or self._broken(), usage)
        self._on_end()

    def _broken(self) -> FinishReason:
        match self._line.why_cut():
            case RequestAborted():
                return FinishReason.ABORTED
            case DeadlineExceeded():
                return FinishReason.DEADLINE
        return FinishReason.FAILED


def _chunks(response: http.client.HTTPResponse) -> Iterator[dict[str, Any]]:  # Any: JSON
    """The data of each server-sent event; ValueError for what is longer than any answer."""
    size = 0
    while line := response.readline(_MAX_LINE):
        size += len(line)
        if len(line) == _MAX_LINE or size > _MAX_BYTES:
            raise ValueError("the generator does not end")
        field, _, value = line.decode("utf-8", "replace").strip().partition(":")
        if field == "data" and value.strip() == "[DONE]":
            return
        if field == "data":
            yield json.loads(value)


def _last(finish: FinishReason, usage: dict[str, Any]) -> TokenEvent:  # Any: JSON
    return TokenEvent(
        finish=finish,
        num_prompt_tokens=_count(usage, "prompt_tokens"),
        num_cached_tokens=_count(usage.get("prompt_tokens_details"), "cached_tokens"),
        num_tokens=_count(usage, "completion_tokens"),
    )


def _count(told: object, name: str) -> int:
    """What is told under this name; 0 where no number is."""
    found = told.get(name) if isinstance(told, dict) else None
    return found if isinstance(found, int) else 0


def _refusal(response: http.client.HTTPResponse) -> EngineError:
    """What a status other than 200 means to whoever asked."""
    if response.status in _BUSY:
        after = response.headers.get("Retry-After", "")
        return Overloaded(retry_after_s=float(after) if _SECONDS.fullmatch(after) else 1.0)
    return EngineFailed(f"the generator's endpoint answered {response.status}")  # its words may repeat the prompt's
