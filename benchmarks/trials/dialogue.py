"""What the caches are worth to people who ask again what was asked before: the same talks with them and without."""

import random
from pathlib import Path
from statistics import mean

from locustfiles.judge import Check, at_least
from locustfiles.questions import documents, frequent
from tests.flow.asking import ask
from tests.flow.site import running_site


def trial(folder: Path, *, seconds: float) -> list[Check]:
    """Each talk asks a question and asks it again; as many talks as ``seconds`` allow without caches."""
    with_s, talks = _mean_s(folder / "on", talks=max(5, int(seconds / 2)))
    without_s, _ = _mean_s(folder / "off", talks=talks, KBQA_CACHE_TTL_S="0")
    return [
        at_least("dialogue: mean without caches, to with them", round(without_s / with_s, 2), 3)
        | {"with_ms": round(with_s * 1e3, 1), "without_ms": round(without_s * 1e3, 1)}
    ]


def _mean_s(folder: Path, *, talks: int, **settings: str) -> tuple[float, int]:
    folder.mkdir()
    chosen, times = random.Random(5), list[float]()
    settings |= {"KBQA_ASKS_A_MINUTE": "0", "KBQA_LOG_LEVEL": "WARNING", "KBQA_RETRIEVAL_DEADLINE_MS": "60000"}
    with running_site(folder, documents=documents(), threads=16, **settings) as site:
        ask(site, "What stands in the gauge book?", deadline_s=60)  # loads what is loaded once
        for _ in range(talks):
            question = frequent(chosen)
            for _again in range(2):
                reply = ask(site, question, deadline_s=60)
                if reply.status != 200:
                    raise SystemExit(f"not answered: {reply.status} {reply.body}")
                times.append(reply.seconds)
    return mean(times), talks
