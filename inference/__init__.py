"""The engine: text in; vectors, answer spans and scores out. No Django here."""

from .config import EngineConfig
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
    "ConfigError",
    "Deadline",
    "DeadlineExceeded",
    "Engine",
    "EngineConfig",
    "EngineError",
    "EngineFailed",
    "InvalidRequest",
    "Overloaded",
    "Reading",
    "RequestAborted",
    "Span",
]
