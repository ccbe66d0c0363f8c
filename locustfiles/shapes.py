"""The stages, as Locust asks for them: KBQA_LOAD_STAGES says them, KBQA_LOAD_OPEN whether they are arrivals."""

import os

from locust import LoadTestShape

from .stages import PROFILES, at, stages_of

STAGES = stages_of(os.environ.get("KBQA_LOAD_STAGES", PROFILES["smoke"].stages))
IS_OPEN = os.environ.get("KBQA_LOAD_OPEN") == "1"
PROCESSES = int(os.environ.get("KBQA_LOAD_PROCESSES", "1"))


class Stages(LoadTestShape):
    """One stage after another, each reached within a quarter of its time; open arrivals need a clock a process."""

    def tick(self) -> tuple[int, float] | None:
        stage = at(STAGES, self.get_run_time())
        if stage is None or not IS_OPEN:
            return stage and (stage[0], max(1.0, stage[0] / (stage[1] / 4)))
        return PROCESSES + 1, PROCESSES + 1  # and the probe
