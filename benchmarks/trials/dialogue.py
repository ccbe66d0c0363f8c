"""What the caches are worth to people who talk about what others talked about: the same talks with them and without.

A talk is a conversation of three turns: a question, a follow-up to it, and the question again. The questions follow
Zipf, as in the crowd of `make load`, so the first talks find the caches empty and the later ones hardly.
"""

import random
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from locustfiles.judge import Check, at_least
from locustfiles.questions import documents, frequent
from locustfiles.trouble import engine_elsewhere
from tests.flow.asking import ask
from tests.flow.servers import manage
from tests.flow.site import Site, running_site

_TALKS_A_SECOND = 5
_FOLLOW_UP = "And which keeper signed the book for it?"
_BEGIN_TALKS = """
from kbqa.accounts.models import User
from kbqa.answers.services import conversation_begin
owner = User.objects.get(username="admin")
print(*(conversation_begin(owner=owner, title="The flood").pk for _ in range({talks})))
"""


@dataclass(frozen=True, slots=True)
class _Heard:
    mean_s: float
    cached: float  # the share that no engine computed


def trial(folder: Path, *, seconds: float) -> list[Check]:
    """Five talks for each of the ``seconds``, with the caches and then without them."""
    talks = max(5, int(seconds * _TALKS_A_SECOND))
    kept, computed = _talked(folder / "on", talks), _talked(folder / "off", talks, KBQA_CACHE_TTL_S="0")
    return [
        at_least("dialogue: mean without caches, to with them", round(computed.mean_s / kept.mean_s, 2), 3)
        | {"with_ms": round(kept.mean_s * 1e3, 1), "without_ms": round(computed.mean_s * 1e3, 1)}
        | {"talks": talks, "cached": round(kept.cached, 3)}
    ]


def _talked(folder: Path, talks: int, **settings: str) -> _Heard:
    folder.mkdir()
    chosen, times, cached = random.Random(5), list[float](), list[bool]()
    settings |= {"KBQA_ASKS_A_MINUTE": "0", "KBQA_LOG_LEVEL": "WARNING", "KBQA_RETRIEVAL_DEADLINE_MS": "60000"}
    with (
        engine_elsewhere(folder) as engine,
        running_site(folder, documents=documents(), threads=16, KBQA_ENGINE_URL=engine.url, **settings) as site,
    ):
        ask(site, "What stands in the gauge book?", deadline_s=60)  # loads what is loaded once
        for conversation in _conversations(site, talks):
            question = frequent(chosen)
            for turn in (question, _FOLLOW_UP, question):
                reply = ask(site, turn, conversation=conversation, deadline_s=60)
                if reply.status != 200:
                    raise SystemExit(f"not answered: {reply.status} {reply.body}")
                times.append(reply.seconds)
                cached.append(reply.body["cached"])
    return _Heard(mean(times), mean(cached))


def _conversations(site: Site, number: int) -> list[str]:
    return manage("shell", "-v", "0", "-c", _BEGIN_TALKS.format(talks=number), environment=site.environment).split()
