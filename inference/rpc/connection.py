"""Connection: calls to one engine elsewhere. None waits without end, and each may be given up by its request's id.

What goes wrong is raised as the engine's own errors. Any: a message or a call, whose classes gRPC makes at run time.
"""

from __future__ import annotations

from threading import Lock
from typing import Any, Final

import grpc

from inference.deadline import Deadline
from inference.errors import EngineError, EngineFailed, InvalidRequest

from .address import Address
from .faults import error_of
from .service import LIMITS, MAX_MESSAGE_BYTES, calls_of

_LONGEST_CALL_S: Final = 600.0  # of a caller who names no deadline
_OPTIONS: Final = (
    *LIMITS,
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1_000),  # also how long a connection may take to stand
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.keepalive_time_ms", 10_000),  # an engine that is stopped, or whose machine is gone, is noticed
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.enable_http_proxy", 0),
)


class Connection:
    """Stands from the first call on, and again whenever the engine is back; safe for many threads."""

    def __init__(self, address: Address, *, key: str = "", authority: bytes | None = None) -> None:
        """``authority`` is the PEM of whoever signed the engine's certificate; None: no TLS."""
        self.address = address
        self._channel = (
            grpc.secure_channel(address.target, grpc.ssl_channel_credentials(authority), options=_OPTIONS)
            if authority
            else grpc.insecure_channel(address.target, options=_OPTIONS)
        )
        self._metadata = (("authorization", f"Bearer {key}"),) if key else ()
        self._methods = calls_of(self._channel)
        self._running: dict[str, set[Any]] = {}  # by the id they may be aborted by
        self._lock = Lock()
        self._is_closed = False

    def call(
        self,
        name: str,
        request: Any,
        *,
        deadline: Deadline | None = None,
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> Any:
        """The one reply; raises DeadlineExceeded before anything is sent where the deadline is over."""
        stage = name.lower()
        if deadline:
            deadline.check(stage)
        timeout_s = timeout_s or _timeout_s(deadline)
        if request_id is None:  # nobody can abort it, so this thread may wait at the wire itself
            self._check(request)
            try:
                return self._methods[name](request, timeout=timeout_s, metadata=self._metadata)
            except grpc.RpcError as error:
                raise self.error(error, stage) from None
        call = self._begin(name, request, timeout_s=timeout_s, request_id=request_id)
        try:
            return call.result()
        except (grpc.RpcError, grpc.FutureCancelledError):
            raise self.error(call, stage) from None

    def stream(
        self,
        name: str,
        request: Any,
        *,
        deadline: Deadline | None = None,
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> Any:
        """The call, whose replies are read from it; what then goes wrong is for `error` to say."""
        return self._begin(name, request, timeout_s=timeout_s or _timeout_s(deadline), request_id=request_id)

    def abort(self, request_id: str) -> bool:
        """Give up this process's calls of this id; whether there was one."""
        with self._lock:
            calls = list(self._running.get(request_id, ()))
        return bool(sum(call.cancel() for call in calls))

    def close(self) -> None:
        """Give up what runs; whoever calls after that hears EngineFailed."""
        self._is_closed = True
        self._channel.close()

    def error(self, call: Any, stage: str) -> EngineError:
        """What the ended call says went wrong."""
        if self._is_closed:
            return EngineFailed("the engine is closed")
        return error_of(call, stage=stage, address=str(self.address))

    def _check(self, request: Any) -> None:
        if request.ByteSize() > MAX_MESSAGE_BYTES:
            raise InvalidRequest(f"{request.ByteSize():,} bytes at once; the engine takes {MAX_MESSAGE_BYTES:,}")
        if self._is_closed:
            raise EngineFailed("the engine is closed")

    def _begin(self, name: str, request: Any, *, timeout_s: float, request_id: str | None) -> Any:
        self._check(request)
        method = self._methods[name]
        begin = getattr(method, "future", method)  # a stream has begun when it is called
        if request_id is None:
            return begin(request, timeout=timeout_s, metadata=self._metadata)
        with self._lock:  # so that it can be aborted as soon as it could be heard of
            call = begin(request, timeout=timeout_s, metadata=self._metadata)
            self._running.setdefault(request_id, set()).add(call)
        if not call.add_callback(lambda: self._forget(request_id, call)):
            self._forget(request_id, call)
        return call

    def _forget(self, request_id: str, call: Any) -> None:
        with self._lock:
            calls = self._running.get(request_id, set())
            calls.discard(call)
            if not calls:
                self._running.pop(request_id, None)


def _timeout_s(deadline: Deadline | None) -> float:
    return deadline.remaining_s if deadline else _LONGEST_CALL_S
