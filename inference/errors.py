"""What can go wrong in the engine.

EngineError
├── InvalidRequest        the caller's mistake; never retried
├── Overloaded            the queue is full; carries retry_after_s
├── DeadlineExceeded      carries the stage that was running
├── RequestAborted        the caller went away
├── ConfigError           a configuration or checkpoint that cannot work
└── EngineFailed          ours; the worker has stopped and readiness turns false
"""

from __future__ import annotations


class EngineError(Exception):
    """The root of everything the engine raises on purpose."""


class InvalidRequest(EngineError):
    """The request can never succeed as it is."""


class Overloaded(EngineError):
    """The queue is full; try again after ``retry_after_s`` seconds."""

    def __init__(self, *, retry_after_s: float) -> None:
        super().__init__(f"the engine's queue is full, retry after {retry_after_s:.1f} s")
        self.retry_after_s = retry_after_s


class DeadlineExceeded(EngineError):
    """The deadline passed while ``stage`` was waiting or running."""

    def __init__(self, stage: str) -> None:
        super().__init__(f"the deadline passed during {stage}")
        self.stage = stage


class RequestAborted(EngineError):
    """The caller went away before the work was done."""


class ConfigError(EngineError):
    """A configuration value or a checkpoint that cannot work."""


class EngineFailed(EngineError):
    """The engine's worker has stopped; nothing will be answered until it is rebuilt."""
