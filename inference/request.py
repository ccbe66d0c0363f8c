"""One caller's work: some rows to run through one network, and the wait for what comes out."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from .deadline import Deadline
from .errors import DeadlineExceeded, EngineError, RequestAborted


class Priority(IntEnum):
    """Whose rows go first when both wait."""

    INTERACTIVE = 0
    BULK = 1


@dataclass(frozen=True, slots=True)
class Row:
    """A sequence of token ids with the position from which the second text begins (type 1)."""

    ids: tuple[int, ...]
    second_from: int

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(slots=True, eq=False)
class Request:
    """Rows for the network ``task``; finished once every row has its output or an error is set."""

    task: str
    rows: list[Row]
    deadline: Deadline | None = None
    request_id: str | None = None
    priority: Priority = Priority.INTERACTIVE
    outputs: list[Any] = field(default_factory=list)  # Any: an array a row
    pending: int = 0
    error: EngineError | None = None
    finished: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.outputs = [None] * len(self.rows)
        self.pending = len(self.rows)

    @property
    def is_over(self) -> bool:
        return self.finished.is_set()

    def deliver(self, index: int, output: Any) -> None:  # Any: as above
        self.outputs[index] = output
        self.pending -= 1
        if not self.pending:
            self.finished.set()

    def fail(self, error: EngineError) -> None:
        """End with ``error``, unless it is over: the first end stands."""
        if not self.is_over:
            self.error = error
            self.finished.set()

    def abort(self) -> None:
        self.fail(RequestAborted(f"{self.task} was aborted"))

    def wait(self) -> list[Any]:  # Any: as above
        """Every output, in the rows' order; raises what the request failed with."""
        remaining = self.deadline.remaining_s if self.deadline else None
        if not self.finished.wait(remaining):
            self.fail(DeadlineExceeded(self.task))
        if self.error:
            raise self.error
        return self.outputs
