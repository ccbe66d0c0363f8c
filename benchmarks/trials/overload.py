"""Five times what can be served: what is answered, how soon the rest is refused, and how long it takes to recover.

Nine of ten questions are known to a cache, as in the crowd of `make load`. The maximum is what
sixty-four askers get who ask again at once; unloaded is a tenth of it.
"""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path

from locustfiles.judge import Check, at_least, at_most
from locustfiles.questions import documents, frequent, fresh
from locustfiles.trouble import engine_elsewhere
from tests.flow.asking import ask
from tests.flow.site import Site, running_site

from .asking import Body, Told, answered, at_rate, crowd, p, shed, wrong

_FACTOR = 5
_QUIET_S = 1.0  # a second in which nobody is refused: recovered


def trial(folder: Path, *, seconds: float) -> list[Check]:
    settings = {"KBQA_ASKS_A_MINUTE": "0", "KBQA_LOG_LEVEL": "WARNING"}
    with (
        engine_elsewhere(folder) as engine,
        running_site(
            folder, documents=documents(), threads=64, workers=1, KBQA_ENGINE_URL=engine.url, **settings
        ) as site,
    ):
        return _checks(site, seconds)


def _checks(site: Site, seconds: float) -> list[Check]:
    chosen = random.Random(11)
    for question in sorted({frequent(chosen) for _ in range(80)}):
        ask(site, question, deadline_s=60)

    def question() -> Body:
        return {"question": fresh(chosen) if chosen.random() < 0.1 else frequent(chosen)}

    most = asyncio.run(crowd(site, question, users=64, seconds=seconds / 3))
    maximum = len(answered(most)) / (seconds / 3)
    alone = asyncio.run(at_rate(site, question, per_s=maximum / 10, seconds=seconds / 3))
    rush = asyncio.run(at_rate(site, question, per_s=maximum * _FACTOR, seconds=seconds))
    after = asyncio.run(at_rate(site, question, per_s=maximum / 10, seconds=max(10.0, seconds / 3)))
    goodput = len(answered(rush)) / seconds
    return [
        at_least("overload: answers a second, to the maximum", round(goodput / maximum, 2), 0.9)
        | {"maximum": round(maximum, 1), "asked_per_s": round(maximum * _FACTOR, 1)},
        at_most("overload: shed, p99 ms", round(p(99, shed(rush)), 1), 100)
        | {"shed": len(shed(rush)), "p50_ms": round(p(50, shed(rush)), 1)},
        at_most(
            "overload: admitted p99, to unloaded", round(p(99, answered(rush)) / max(1.0, p(99, answered(alone))), 2), 3
        )
        | {"p99_ms": round(p(99, answered(rush)), 1), "unloaded_p99_ms": round(p(99, answered(alone)), 1)},
        at_most("overload: replies that are neither", len(wrong(rush)), 0),
        at_most("overload: seconds until nobody is refused", round(recovered_s(after), 1), 30),
    ]


def recovered_s(told: Sequence[Told]) -> float:
    """From the first question on, until the first whole second without a refusal."""
    began = min((each.at for each in told), default=0.0)
    refused = [each.at - began for each in told if not each.is_answered]
    moment = 0.0
    for at in sorted(refused):
        if at - moment >= _QUIET_S:
            break
        moment = at
    return moment
