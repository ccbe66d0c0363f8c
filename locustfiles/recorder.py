"""Each reply as one line (moment, users, name, milliseconds, outcome), written at the end of the run."""

import json
import os
import time
from pathlib import Path
from typing import Any

from locust import events
from locust.env import Environment

_lines: list[tuple[float, int, str, float, str]] = []
_environment: list[Environment] = []


@events.init.add_listener
def _remember(environment: Environment, **_: Any) -> None:  # Any: Locust's own arguments
    _environment.append(environment)


@events.request.add_listener
def _note(name: str, response_time: float, exception: Exception | None, **_: Any) -> None:  # Any: as above
    runner = _environment[0].runner if _environment else None
    outcome = "error" if exception else "ok"
    _lines.append((time.time(), runner.user_count if runner else 0, name, response_time or 0.0, outcome))


@events.user_error.add_listener
def _note_broken_user(user_instance: Any, **_: Any) -> None:  # Any: as above
    """A user whose own code breaks has measured nothing: that is an error of the run."""
    _lines.append((time.time(), 0, type(user_instance).__name__, 0.0, "error"))


@events.quitting.add_listener
def _write(**_: Any) -> None:  # Any: as above
    if path := os.environ.get("KBQA_LOAD_LOG"):
        Path(path).write_text("\n".join(json.dumps(line) for line in _lines))
