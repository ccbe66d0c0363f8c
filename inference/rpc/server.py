"""EngineServer: one engine, asked by other processes; refuses callers without the key, drains when told to stop.

A call's deadline is the engine's, and a call that its caller gives up is aborted. Threads
are as many as the engine lets wait, so that its own queue is what refuses.
"""

from __future__ import annotations

import hmac
import itertools
import os
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from inference.deadline import Deadline
from inference.engine import Engine
from inference.errors import ConfigError, EngineError, RequestAborted

from . import engine_pb2 as pb
from .address import Address
from .convert import event_to, prompt_from, reading_to, sampling_from, vectors_to
from .faults import abort_with
from .service import LIMITS, SERVICE, handlers_of

_SPARE_THREADS = 16  # for health and for what is refused at once
_PIECE_BYTES = 2**20
_OPTIONS = (
    *LIMITS,
    ("grpc.so_reuseport", 0),  # a port that is taken is an error, not a share of its calls
    ("grpc.http2.min_ping_interval_without_data_ms", 5_000),  # clients ask every ten seconds whether we live
)
_HEALTH = "/grpc.health.v1.Health/"


class EngineServer:
    """Listens once started; ``stop`` lets what runs finish, and leaves the engine to its owner."""

    def __init__(
        self, engine: Engine, address: Address, *, key: str = "", certificate: tuple[bytes, bytes] | None = None
    ) -> None:
        """``certificate`` is the PEM of a private key and of its chain; ConfigError where nobody may listen so."""
        if address.socket_path is None and not key:
            raise ConfigError(f"whoever reaches {address} could use the engine: a port needs a key")
        config = engine.config
        num_threads = config.max_queue + config.decoding.max_queue + config.decoding.max_running + _SPARE_THREADS
        self._server = grpc.server(
            ThreadPoolExecutor(num_threads, thread_name_prefix="rpc"),
            interceptors=[_KeyInterceptor(key)] if key else [],
            options=_OPTIONS,
            maximum_concurrent_rpcs=num_threads,
        )
        self._server.add_generic_rpc_handlers((handlers_of(_Servicer(engine)),))
        self._health = _Health(engine)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = (SERVICE.full_name, health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, self._server)
        _bind(self._server, address, certificate)

    def start(self) -> None:
        self._server.start()

    def stop(self, *, grace_s: float) -> None:
        """Take no more calls, and wait until what runs has ended, or has been cut off after ``grace_s``."""
        self._health.enter_graceful_shutdown()
        self._server.stop(grace_s).wait()


class _Servicer:
    """The service's methods over the engine, by their names in small letters."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._id = secrets.randbits(64)
        self._numbers = itertools.count()

    def describe(self, request: pb.DescribeRequest, context: grpc.ServicerContext) -> pb.Description:
        engine = self._engine
        return pb.Description(
            engine_id=self._id,
            is_ready=engine.is_ready,
            dimension=engine.dimension,
            max_tokens=engine.max_tokens,
            encoder_fingerprint=engine.encoder_fingerprint,
            reader_fingerprint=engine.reader_fingerprint,
            can_generate=engine.can_generate,
            generator_fingerprint=engine.generator_fingerprint,
        )

    def vocabulary(self, request: pb.VocabularyRequest, context: grpc.ServicerContext) -> Iterator[pb.Piece]:
        content = (self._engine.config.encoder_path / "tokenizer.json").read_bytes()
        for start in range(0, len(content), _PIECE_BYTES):
            yield pb.Piece(content=content[start : start + _PIECE_BYTES])

    def embed(self, request: pb.EmbedRequest, context: grpc.ServicerContext) -> pb.Vectors:
        with _errors_as_status(context):
            request_id, deadline = self._begin(context)
            vectors = self._engine.embed(request.texts, deadline=deadline, request_id=request_id)
        return vectors_to(vectors, engine_id=self._id)

    def read(self, request: pb.ReadRequest, context: grpc.ServicerContext) -> pb.Reading:
        with _errors_as_status(context):
            request_id, deadline = self._begin(context)
            reading = self._engine.read(
                request.question,
                request.passages,
                contexts=request.contexts,
                deadline=deadline,
                request_id=request_id,
                max_spans=request.max_spans,
            )
        return reading_to(reading, engine_id=self._id)

    def generate(self, request: pb.GenerateRequest, context: grpc.ServicerContext) -> Iterator[pb.TokenEvent]:
        with _errors_as_status(context):
            request_id, deadline = self._begin(context)
            stream = self._engine.generate(
                prompt_from(request), sampling=sampling_from(request.sampling), deadline=deadline, request_id=request_id
            )
        with stream:
            yield pb.TokenEvent()  # taken: what goes wrong from here on is the stream's finish
            for event in stream:
                yield event_to(event)

    def metrics(self, request: pb.MetricsRequest, context: grpc.ServicerContext) -> pb.Counts:
        return pb.Counts(values=self._engine.metrics())

    def _begin(self, context: grpc.ServicerContext) -> tuple[str, Deadline | None]:
        """An id that ends with the call, however it ends, and the time the caller has left."""
        request_id = f"rpc-{next(self._numbers)}"
        if not context.add_callback(lambda: self._engine.abort(request_id)):
            raise RequestAborted("the caller has gone")
        remaining_s = context.time_remaining()
        return request_id, None if remaining_s is None else Deadline.after(remaining_s)


class _KeyInterceptor(grpc.ServerInterceptor):  # type: ignore[misc]  # untyped upstream
    """Lets calls with the key in, and whoever only asks how we are."""

    def __init__(self, key: str) -> None:
        self._expected = f"Bearer {key}".encode()
        self._refusal = grpc.unary_unary_rpc_method_handler(
            lambda request, context: context.abort(grpc.StatusCode.UNAUTHENTICATED, "no key, or another one")
        )

    def intercept_service(self, continuation: Any, details: Any) -> Any:  # Any: gRPC's, untyped upstream
        said = dict(details.invocation_metadata).get("authorization", "")
        if details.method.startswith(_HEALTH) or hmac.compare_digest(said.encode(), self._expected):
            return continuation(details)
        return self._refusal


class _Health(health.HealthServicer):  # type: ignore[misc]  # untyped upstream
    """Serving while the engine is ready, looked at when asked."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802  # gRPC's name; Any: untyped upstream
        status = health_pb2.HealthCheckResponse
        for service in ("", SERVICE.full_name):
            self.set(service, status.SERVING if self._engine.is_ready else status.NOT_SERVING)
        return super().Check(request, context)


@contextmanager
def _errors_as_status(context: grpc.ServicerContext) -> Iterator[None]:
    try:
        yield
    except EngineError as error:
        abort_with(error, context)


def _bind(server: grpc.Server, address: Address, certificate: tuple[bytes, bytes] | None) -> None:
    address.clear()
    mask = os.umask(0o177)  # the socket is its owner's alone
    try:
        if certificate:
            server.add_secure_port(address.target, grpc.ssl_server_credentials([certificate]))
        else:
            server.add_insecure_port(address.target)
    except RuntimeError as error:
        raise ConfigError(f"{address} cannot be listened on: {error}") from error
    finally:
        os.umask(mask)
