"""Each reply as one line (moment, name, milliseconds, outcome), written at the end of the run, a file a process."""

import json
import os
import time
from pathlib import Path
from typing import Any

from locust import events

_lines: list[tuple[float, str, float, str]] = []


@events.request.add_listener
def _note(name: str, response_time: float, exception: Exception | None, **_: Any) -> None:  # Any: Locust's arguments
    _lines.append((time.time(), name, response_time or 0.0, "error" if exception else "ok"))


@events.user_error.add_listener
def _note_broken_user(user_instance: Any, **_: Any) -> None:  # Any: as above
    """A user whose own code breaks has measured nothing: that is an error of the run."""
    _lines.append((time.time(), type(user_instance).__name__, 0.0, "error"))


@events.quitting.add_listener
def _write(**_: Any) -> None:  # Any: as above
    if folder := os.environ.get("KBQA_LOAD_LOG"):
        Path(folder, f"{os.getpid()}.jsonl").write_text("\n".join(json.dumps(line) for line in _lines))
