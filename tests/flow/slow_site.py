"""The site with a slow network, for what happens while the engine works.

Each step takes KBQA_TEST_STEP_S longer, and none ends while the file KBQA_TEST_HELD is there.
"""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from inference.models.runner import ModelRunner
from inference.request import Row
from kbqa.wsgi import application

__all__ = ["application"]

_STEP_S = float(os.environ.get("KBQA_TEST_STEP_S", "0"))
_HELD = Path(os.environ.get("KBQA_TEST_HELD", "/nowhere"))

_run = ModelRunner.run


def _slowly(self: ModelRunner, task: str, rows: Sequence[Row]) -> Sequence[Any]:  # Any: an array a row
    time.sleep(_STEP_S)
    while _HELD.exists():
        time.sleep(0.01)
    return _run(self, task, rows)


ModelRunner.run = _slowly  # type: ignore[method-assign]  # in this process alone
