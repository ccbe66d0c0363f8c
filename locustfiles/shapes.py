"""The stages, as Locust asks for them. KBQA_LOAD_STAGES says them."""

import os

from locust import LoadTestShape

from .stages import PROFILES, stages_of


class Stages(LoadTestShape):
    """One stage after another, each reached within a quarter of its time."""

    stages = stages_of(os.environ.get("KBQA_LOAD_STAGES", PROFILES["smoke"]))

    def tick(self) -> tuple[int, float] | None:
        passed = self.get_run_time()
        for users, seconds in self.stages:
            if passed < seconds:
                return users, max(1.0, users / (seconds / 4))
            passed -= seconds
        return None
