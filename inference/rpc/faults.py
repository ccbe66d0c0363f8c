"""The engine's errors as gRPC statuses, and back: a caller catches the same exception on either side.

InvalidRequest       INVALID_ARGUMENT
Overloaded           RESOURCE_EXHAUSTED   with `retry-after-s`
DeadlineExceeded     DEADLINE_EXCEEDED    with `stage`
RequestAborted       CANCELLED
ConfigError          UNAUTHENTICATED      the key or the certificate is wrong
EngineFailed         UNAVAILABLE          and whatever else a connection may say
"""

from __future__ import annotations

import grpc

from inference.errors import (
    ConfigError,
    DeadlineExceeded,
    EngineError,
    EngineFailed,
    InvalidRequest,
    Overloaded,
    RequestAborted,
)

_RETRY_AFTER, _STAGE = "retry-after-s", "stage"
_RETRY_AFTER_S = 1.0  # where the server's own queue of calls was full, and the engine was not asked


def abort_with(error: EngineError, context: grpc.ServicerContext) -> None:
    """The server's side: end the call as ``error`` says; gRPC ends it by raising."""
    match error:
        case InvalidRequest():
            code = grpc.StatusCode.INVALID_ARGUMENT
        case Overloaded():
            code = grpc.StatusCode.RESOURCE_EXHAUSTED
            context.set_trailing_metadata(((_RETRY_AFTER, f"{error.retry_after_s:.3f}"),))
        case DeadlineExceeded():
            code = grpc.StatusCode.DEADLINE_EXCEEDED
            context.set_trailing_metadata(((_STAGE, error.stage),))
        case RequestAborted():
            code = grpc.StatusCode.CANCELLED
        case _:
            code = grpc.StatusCode.UNAVAILABLE
    context.abort(code, str(error))


def error_of(call: grpc.Call, *, stage: str, address: str) -> EngineError:
    """The client's side: what the ended call says went wrong."""
    said = dict(call.trailing_metadata() or ())
    match call.code():
        case grpc.StatusCode.INVALID_ARGUMENT:
            return InvalidRequest(call.details())
        case grpc.StatusCode.RESOURCE_EXHAUSTED:
            return Overloaded(retry_after_s=float(said.get(_RETRY_AFTER, _RETRY_AFTER_S)))
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return DeadlineExceeded(str(said.get(_STAGE, stage)))
        case grpc.StatusCode.CANCELLED:
            return RequestAborted(f"{stage} was aborted")
        case grpc.StatusCode.UNAUTHENTICATED:
            return ConfigError(f"the engine at {address} refuses the key: {call.details()}")
    return EngineFailed(f"the engine at {address} does not answer: {call.details()}")
