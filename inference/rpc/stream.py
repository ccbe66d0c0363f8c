"""RemoteStream: a call's events, ended by exactly one finish; where the call breaks, that finish says how."""

from __future__ import annotations

from typing import Any, Final

import grpc

from inference.completion import FinishReason, TokenEvent, TokenStream

from .convert import event_from

_FINISHES: Final = {
    grpc.StatusCode.DEADLINE_EXCEEDED: FinishReason.DEADLINE,
    grpc.StatusCode.CANCELLED: FinishReason.ABORTED,
}


class RemoteStream(TokenStream):
    """Of a generate call that was taken."""

    def __init__(self, call: Any) -> None:  # Any: gRPC's call
        self._call = call
        self._is_over = False

    def __next__(self) -> TokenEvent:
        if self._is_over:
            raise StopIteration
        try:
            event = event_from(next(self._call))
        except StopIteration:
            event = TokenEvent(finish=FinishReason.FAILED)
        except grpc.RpcError:
            event = TokenEvent(finish=_FINISHES.get(self._call.code(), FinishReason.FAILED))
        self._is_over = event.finish is not None
        return event

    def close(self) -> None:
        self._call.cancel()
