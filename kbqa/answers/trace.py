"""Why this answer: what each stage took, what it found and what was cut. Kept with the answer."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from kbqa import tracing
from kbqa.metrics import ANSWER_STAGE_SECONDS


@dataclass(slots=True)
class Trace:
    """Written by the stages as they run."""

    timings_ms: dict[str, float] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)  # Any: JSON
    degraded: bool = False
    _began_at: Any = field(default_factory=tracing.here, repr=False, compare=False)  # Any: OpenTelemetry's, or None

    def take(self, other: "Trace") -> None:
        """What a computation shared with others wrote, added to our own."""
        self.timings_ms = {**other.timings_ms, **self.timings_ms}
        self.facts = {**other.facts, **self.facts}
        self.degraded |= other.degraded

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            with tracing.span(name, parent=self._began_at):
                yield
        finally:
            seconds = time.perf_counter() - started
            self.timings_ms[name] = round(seconds * 1e3, 2)
            ANSWER_STAGE_SECONDS.labels(name).observe(seconds)
