"""The site with a slow network, for what happens while the engine works: each step takes KBQA_TEST_STEP_S longer."""

import os
import time
from collections.abc import Sequence
from typing import Any

from inference.models.runner import ModelRunner
from inference.request import Row
from kbqa.wsgi import application

__all__ = ["application"]

_run = ModelRunner.run


def _slowly(self: ModelRunner, task: str, rows: Sequence[Row]) -> Sequence[Any]:  # Any: an array a row
    time.sleep(float(os.environ["KBQA_TEST_STEP_S"]))
    return _run(self, task, rows)


ModelRunner.run = _slowly  # type: ignore[method-assign]  # in this process alone
