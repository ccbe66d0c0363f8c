"""RemoteEngine: Engine's methods, elsewhere. No call waits without end, and an engine that is away is said at once.

What needs only the encoder's vocabulary is done in this process (served.py). A reply from
another process than the last is good while that one serves the same weights; when it does
not, the call fails once, and the fingerprints are the new ones from then on.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from types import TracebackType
from typing import Any, Final, Self

import grpc
import numpy as np

from inference.completion import Message, SamplingParams, TokenStream
from inference.deadline import Deadline
from inference.errors import EngineError, EngineFailed, InvalidRequest
from inference.tokenizer import storable
from inference.types import Reading

from . import engine_pb2 as pb
from .address import Address
from .convert import prompt_to, reading_from, texts_to, vectors_from
from .faults import error_of
from .served import Served
from .service import LIMITS, MAX_MESSAGE_BYTES, calls_of
from .stream import RemoteStream

_LONGEST_CALL_S: Final = 600.0  # of a caller who names no deadline
_SMALL_CALL_S: Final = 5.0  # of one that computes nothing, on a machine that does much else
_OPTIONS: Final = (
    *LIMITS,
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1_000),  # also how long a connection may take to stand
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.keepalive_time_ms", 10_000),  # an engine that is stopped, or whose machine is gone, is noticed
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.enable_http_proxy", 0),
)


class RemoteEngine:
    """Connects at the first call, and again whenever the engine is back; safe for many threads, not across a fork."""

    def __init__(self, address: str, *, key: str = "", authority: bytes | None = None) -> None:
        """``authority`` is the PEM of whoever signed the engine's certificate; None: no TLS."""
        self.address = Address.parse(address)
        target = self.address.target
        self._channel = (
            grpc.secure_channel(target, grpc.ssl_channel_credentials(authority), options=_OPTIONS)
            if authority
            else grpc.insecure_channel(target, options=_OPTIONS)
        )
        self._metadata = (("authorization", f"Bearer {key}"),) if key else ()
        self._calls = calls_of(self._channel)
        self._known: Served | None = None
        self._running: dict[str, set[Any]] = {}  # Any: gRPC's calls, by the id they may be aborted by
        self._lock = Lock()
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def dimension(self) -> int:
        return int(self._served().engine.dimension)

    @property
    def max_tokens(self) -> int:
        return int(self._served().engine.max_tokens)

    @property
    def encoder_fingerprint(self) -> str:
        return str(self._served().engine.encoder_fingerprint)

    @property
    def reader_fingerprint(self) -> str:
        return str(self._served().engine.reader_fingerprint)

    @property
    def can_generate(self) -> bool:
        """Whether a generator is configured there."""
        return bool(self._served().engine.can_generate)

    @property
    def generator_fingerprint(self) -> str:
        return str(self._served().engine.generator_fingerprint)

    @property
    def is_ready(self) -> bool:
        """Whether it answers, and says so; learns of other weights by the way."""
        try:
            return bool(self._ask().engine.is_ready)
        except EngineError:
            return False

    def embed(
        self, texts: Sequence[str], *, deadline: Deadline | None = None, request_id: str | None = None
    ) -> np.ndarray:
        """As Engine.embed; many texts go in several calls."""
        served = self._served()
        found = [np.empty((0, served.engine.dimension), np.float32)]
        for request in texts_to(texts):
            reply = self._call("Embed", request, deadline=deadline, request_id=request_id)
            self._check_weights(served, reply.engine_id)
            found.append(vectors_from(reply, dimension=served.engine.dimension))
        return np.concatenate(found)

    def read(
        self,
        question: str,
        passages: Sequence[str],
        *,
        deadline: Deadline | None = None,
        request_id: str | None = None,
        max_spans: int = 3,
    ) -> Reading:
        """As Engine.read."""
        if not passages:
            return Reading(spans=(), confidence=0.0, passage_scores=())
        served = self._served()
        request = pb.ReadRequest(
            question=storable(question), passages=[storable(passage) for passage in passages], max_spans=max_spans
        )
        reply = self._call("Read", request, deadline=deadline, request_id=request_id)
        self._check_weights(served, reply.engine_id)
        return reading_from(reply)

    def generate(
        self,
        prompt: str | Sequence[Message],
        *,
        sampling: SamplingParams | None = None,
        deadline: Deadline | None = None,
        request_id: str | None = None,
    ) -> TokenStream:
        """As Engine.generate; returns once the prompt is taken, or the deadline is over."""
        try:
            request = prompt_to(prompt, sampling or SamplingParams())
        except ValueError as error:  # a number beyond what a message holds
            raise InvalidRequest(str(error)) from error
        call = self._begin("Generate", request, timeout_s=_timeout_s(deadline), request_id=request_id)
        try:
            next(call)
        except grpc.RpcError:
            if call.code() is not grpc.StatusCode.DEADLINE_EXCEEDED:  # that one is the stream's finish
                raise self._error(call, "generate") from None
        return RemoteStream(call)

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        """As Engine.token_offsets, computed here."""
        return self._served().tokenizer.offsets(text)

    def known_share(self, text: str) -> float:
        """As Engine.known_share, computed here."""
        return self._served().tokenizer.known_share(text)

    def abort(self, request_id: str) -> bool:
        """End this process's calls of this id: the engine ends the work of a call that is given up."""
        with self._lock:
            calls = list(self._running.get(request_id, ()))
        return bool(sum(call.cancel() for call in calls))

    def metrics(self) -> dict[str, float]:
        """What the engine counts about itself, for all who ask it."""
        return dict(self._call("Metrics", pb.MetricsRequest(), timeout_s=_SMALL_CALL_S).values)

    def close(self) -> None:
        """Give up what runs, and the connection; the engine goes on."""
        self._is_closed = True
        self._channel.close()

    def _served(self) -> Served:
        """What was last heard of it; asked for where nothing was yet. Two threads may both ask: either will do."""
        return self._known or self._ask()

    def _ask(self) -> Served:
        known, engine = self._known, self._call("Describe", pb.DescribeRequest(), timeout_s=_SMALL_CALL_S)
        self._known = served = Served.of(engine, known, fetch=self._fetch_vocabulary)
        return served

    def _fetch_vocabulary(self) -> bytes:
        call = self._begin("Vocabulary", pb.VocabularyRequest(), timeout_s=2 * _SMALL_CALL_S)
        try:
            return b"".join(piece.content for piece in call)
        except grpc.RpcError:
            raise self._error(call, "describe") from None

    def _check_weights(self, served: Served, engine_id: int) -> None:
        """Raises EngineFailed for a reply of other weights than the caller has been told of."""
        if engine_id == served.engine.engine_id:
            return
        now = self._ask().engine
        for name in ("encoder_fingerprint", "reader_fingerprint"):
            if getattr(now, name) != getattr(served.engine, name):
                raise EngineFailed(f"the engine at {self.address} now serves other weights")

    def _call(
        self,
        name: str,
        request: Any,  # Any: a message, whose classes are made at run time
        *,
        deadline: Deadline | None = None,
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> Any:  # Any: gRPC's call
        stage = name.lower()
        if deadline:
            deadline.check(stage)
        timeout_s = timeout_s or _timeout_s(deadline)
        if request_id is None:  # nobody can abort it, so this thread may wait at the wire itself
            self._check(request)
            try:
                return self._calls[name](request, timeout=timeout_s, metadata=self._metadata)
            except grpc.RpcError as error:
                raise self._error(error, stage) from None
        call = self._begin(name, request, timeout_s=timeout_s, request_id=request_id)
        try:
            return call.result()
        except (grpc.RpcError, grpc.FutureCancelledError):
            raise self._error(call, stage) from None

    def _check(self, request: Any) -> None:  # Any: a message
        if request.ByteSize() > MAX_MESSAGE_BYTES:
            raise InvalidRequest(f"{request.ByteSize():,} bytes at once; the engine takes {MAX_MESSAGE_BYTES:,}")
        if self._is_closed:
            raise EngineFailed("the engine is closed")

    def _begin(
        self, name: str, request: Any, *, timeout_s: float, request_id: str | None = None
    ) -> Any:  # Any: as above, and gRPC's call
        self._check(request)
        method = self._calls[name]
        begin = getattr(method, "future", method)  # a stream has begun when it is called
        if request_id is None:
            return begin(request, timeout=timeout_s, metadata=self._metadata)
        with self._lock:  # so that it can be aborted as soon as it could be heard of
            call = begin(request, timeout=timeout_s, metadata=self._metadata)
            self._running.setdefault(request_id, set()).add(call)
        if not call.add_callback(lambda: self._forget(request_id, call)):
            self._forget(request_id, call)
        return call

    def _forget(self, request_id: str, call: Any) -> None:  # Any: gRPC's call
        with self._lock:
            calls = self._running.get(request_id, set())
            calls.discard(call)
            if not calls:
                self._running.pop(request_id, None)

    def _error(self, call: Any, stage: str) -> EngineError:  # Any: gRPC's call
        if self._is_closed:
            return EngineFailed("the engine is closed")
        return error_of(call, stage=stage, address=str(self.address))


def _timeout_s(deadline: Deadline | None) -> float:
    return deadline.remaining_s if deadline else _LONGEST_CALL_S
