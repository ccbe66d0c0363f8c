"""A hundred people ask what no cache holds: the site beside the engine alone, and nobody beyond their deadline."""

import asyncio
import os
import random
import subprocess
import sys
from pathlib import Path

from locustfiles.judge import Check, at_least, at_most
from locustfiles.questions import documents, fresh
from locustfiles.trouble import engine_elsewhere
from tests.flow.servers import ROOT
from tests.flow.site import Site, running_site

from .asking import Body, answered, crowd, shed, wrong

_USERS, _DEADLINE_S = 100, 60.0


def trial(folder: Path, *, seconds: float) -> list[Check]:
    settings = {"KBQA_ASKS_A_MINUTE": "0", "KBQA_LOG_LEVEL": "WARNING", "KBQA_MAX_WAIT_S": "60"}
    settings["KBQA_RETRIEVAL_DEADLINE_MS"] = "60000"  # a question answered by words alone would be a cheaper one
    with (
        engine_elsewhere(folder) as engine,
        running_site(
            folder, documents=documents(), threads=160, workers=1, KBQA_ENGINE_URL=engine.url, **settings
        ) as site,
    ):
        before = _alone(site, seconds / 2)
        told = asyncio.run(crowd(site, _question, users=_USERS, seconds=seconds))
        alone = (before + _alone(site, seconds / 2)) / 2
    lasted_s = max(each.at + each.seconds for each in told) - min(each.at for each in told)
    web = len(answered(told)) / lasted_s
    late = sum(each.seconds > _DEADLINE_S + 0.1 for each in told)
    return [
        at_least("uncached, 100 users: answers a second, to the engine alone", round(web / alone, 2), 0.85)
        | {"per_s": round(web, 2), "alone_per_s": round(alone, 2), "shed": len(shed(told))},
        at_most("uncached, 100 users: errors", len(wrong(told)), 0),
        at_most("uncached, 100 users: later than the deadline and 0.1 s", late, 0),
    ]


_chosen = random.Random()


def _question() -> Body:
    return {"question": fresh(_chosen), "deadline_s": _DEADLINE_S}


def _alone(site: Site, seconds: float) -> float:
    """Before and after, so that a machine that grows busier is seen by both."""
    environment = {**os.environ, **site.environment, "DJANGO_SETTINGS_MODULE": "kbqa.settings"}
    command = [sys.executable, "-m", "benchmarks.trials.alone", str(seconds)]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return float(ran.stdout.splitlines()[-1])
