"""The engine: text in; vectors, answer spans and scores out. No Django here."""

from .completion import Completion, FinishReason, Message, SamplingParams, TokenEvent, TokenStream
from .config import DecodingConfig, EngineConfig
from .deadline import Deadline
from .engine import Engine
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
