"""The engine: text in; vectors, answer spans and scores out. No Django here.

`Engine` is loaded when it is first named, and PyTorch with it: a process that asks an engine
elsewhere has no use for either.
"""

from typing import TYPE_CHECKING, Any

from .completion import Completion, FinishReason, Message, SamplingParams, TokenEvent, TokenStream
from .config import DecodingConfig, EngineConfig
from .deadline import Deadline
from .errors import (
    ConfigError,
    DeadlineExceeded,
    EngineError,
    EngineFailed,
    InvalidRequest,
    Overloaded,
    RequestAborted,
)
from .types import Reading, Span

if TYPE_CHECKING:
    from .engine import Engine

__all__ = [
    "Completion",
    "ConfigError",
    "Deadline",
    "DeadlineExceeded",
    "DecodingConfig",
    "Engine",
    "EngineConfig",
    "EngineError",
    "EngineFailed",
    "FinishReason",
    "InvalidRequest",
    "Message",
    "Overloaded",
    "Reading",
    "RequestAborted",
    "SamplingParams",
    "Span",
    "TokenEvent",
    "TokenStream",
]


def __getattr__(name: str) -> Any:  # Any: a class
    if name != "Engine":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .engine import Engine

    return Engine
