"""The service as engine.proto describes it: its handlers for a server, its calls for a client, its limits for both.

The descriptor is the only list of methods; nothing here repeats it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import grpc

from . import engine_pb2

SERVICE: Final = engine_pb2.DESCRIPTOR.services_by_name["Engine"]
MAX_MESSAGE_BYTES: Final = 4 * 2**20
LIMITS: Final = (
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
)


def handlers_of(servicer: object) -> grpc.GenericRpcHandler:
    """The servicer's methods, which have the names of the service's in small letters, behind gRPC."""
    return grpc.method_handlers_generic_handler(
        SERVICE.full_name,
        {method.name: _handler(method, getattr(servicer, method.name.lower())) for method in SERVICE.methods},
    )


def calls_of(channel: grpc.Channel) -> dict[str, Callable[..., Any]]:  # Any: gRPC's own call objects
    """A callable for each method, by its name."""
    return {method.name: _call(method, channel) for method in SERVICE.methods}


def _handler(method: Any, behaviour: Callable[..., Any]) -> grpc.RpcMethodHandler:  # Any: untyped
    make = grpc.unary_stream_rpc_method_handler if method.server_streaming else grpc.unary_unary_rpc_method_handler
    return make(
        behaviour,
        request_deserializer=method.input_type._concrete_class.FromString,
        response_serializer=method.output_type._concrete_class.SerializeToString,
    )


def _call(method: Any, channel: grpc.Channel) -> Callable[..., Any]:  # Any: as above
    make = channel.unary_stream if method.server_streaming else channel.unary_unary
    call: Callable[..., Any] = make(
        f"/{SERVICE.full_name}/{method.name}",
        request_serializer=method.input_type._concrete_class.SerializeToString,
        response_deserializer=method.output_type._concrete_class.FromString,
    )
    return call
