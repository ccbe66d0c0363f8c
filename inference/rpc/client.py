"""RemoteEngine: Engine's methods, elsewhere; an engine that is away is said at once.

What needs only the encoder's vocabulary is done in this process (served.py). A reply from
another process than the last is good while that one serves the same weights; when it does
not, the call fails once, and the fingerprints are the new ones from then on.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

import grpc
import numpy as np

from inference.completion import Message, SamplingParams, TokenStream
from inference.deadline import Deadline
from inference.errors import EngineError, EngineFailed, InvalidRequest
from inference.tokenizer import storable
from inference.types import Reading

from . import engine_pb2 as pb
from .address import Address
from .connection import Connection
from .convert import prompt_to, reading_from, texts_to, vectors_from
from .served import Served
from .stream import RemoteStream

_SMALL_CALL_S: Final = 5.0  # of one that computes nothing, on a machine that does much else


class RemoteEngine:
    """Connects at the first call, and again whenever the engine is back; safe for many threads, not across a fork."""

    def __init__(self, address: str, *, key: str = "", authority: bytes | None = None) -> None:
        """``authority`` is the PEM of whoever signed the engine's certificate; None: no TLS."""
        self._connection = Connection(Address.parse(address), key=key, authority=authority)
        self._known: Served | None = None

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
            reply = self._connection.call("Embed", request, deadline=deadline, request_id=request_id)
            self._check_weights(served, reply.engine_id)
            found.append(vectors_from(reply, dimension=served.engine.dimension))
        return np.concatenate(found)

    def read(
        self,
        question: str,
        passages: Sequence[str],
        *,
        contexts: Sequence[str] = (),
        deadline: Deadline | None = None,
        request_id: str | None = None,
        max_spans: int = 3,
    ) -> Reading:
        """As Engine.read."""
        if not passages:
            return Reading(spans=(), confidence=0.0, passage_scores=())
        served = self._served()
        request = pb.ReadRequest(
            question=storable(question),
            passages=[storable(passage) for passage in passages],
            contexts=[storable(context) for context in contexts],
            max_spans=max_spans,
        )
        reply = self._connection.call("Read", request, deadline=deadline, request_id=request_id)
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
        call = self._connection.stream("Generate", request, deadline=deadline, request_id=request_id)
        try:
            next(call)
        except grpc.RpcError:
            if call.code() is not grpc.StatusCode.DEADLINE_EXCEEDED:  # that one is the stream's finish
                raise self._connection.error(call, "generate") from None
        return RemoteStream(call)

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        """As Engine.token_offsets, computed here."""
        return self._served().tokenizer.offsets(text)

    def known_share(self, text: str) -> float:
        """As Engine.known_share, computed here."""
        return self._served().tokenizer.known_share(text)

    def abort(self, request_id: str) -> bool:
        """End this process's calls of this id: the engine ends the work of a call that is given up."""
        return self._connection.abort(request_id)

    def metrics(self) -> dict[str, float]:
        """What the engine counts about itself, for all who ask it."""
        return dict(self._connection.call("Metrics", pb.MetricsRequest(), timeout_s=_SMALL_CALL_S).values)

    def close(self) -> None:
        """Give up what runs, and the connection; the engine goes on."""
        self._connection.close()

    def _served(self) -> Served:
        """What was last heard of it; asked for where nothing was yet. Two threads may both ask: either will do."""
        return self._known or self._ask()

    def _ask(self) -> Served:
        known, engine = self._known, self._connection.call("Describe", pb.DescribeRequest(), timeout_s=_SMALL_CALL_S)
        self._known = served = Served.of(engine, known, fetch=self._fetch_vocabulary)
        return served

    def _fetch_vocabulary(self) -> bytes:
        call = self._connection.stream("Vocabulary", pb.VocabularyRequest(), timeout_s=2 * _SMALL_CALL_S)
        try:
            return b"".join(piece.content for piece in call)
        except grpc.RpcError:
            raise self._connection.error(call, "describe") from None

    def _check_weights(self, served: Served, engine_id: int) -> None:
        """Raises EngineFailed for a reply of other weights than the caller has been told of."""
        if engine_id == served.engine.engine_id:
            return
        now = self._ask().engine
        for name in ("encoder_fingerprint", "reader_fingerprint"):
            if getattr(now, name) != getattr(served.engine, name):
                raise EngineFailed(f"the engine at {self._connection.address} now serves other weights")
