"""Frequent questions answered ahead: after a publication, what was often asked is asked again.

The history says what is frequent and who may hear it; rights are looked up anew. A
question already kept costs one lookup, so between publications there is nothing to do.
"""

from collections.abc import Iterator
from datetime import timedelta

import structlog
from django.conf import settings
from django.db.models import Count, Max
from django.utils import timezone

from inference.deadline import Deadline
from inference.errors import EngineError
from inference.request import Priority
from ingest.index.errors import SearchIndexError
from kbqa.accounts.models import User
from kbqa.errors import NotFound

from . import cache
from .curated import curated_look
from .models import Answer
from .pipeline import compute
from .scope import Scope, scope_of
from .trace import Trace

log = structlog.get_logger(__name__)

WINDOW = timedelta(days=30)
MAX_QUESTIONS = 20
LEAST_ASKED = 2


def answers_warm(*, budget_s: float) -> int:
    """Compute what is frequent and not kept, within the budget; returns how many were."""
    deadline, warmed = Deadline.after(budget_s), 0
    for question, scope in _frequent():
        key = cache.key_for(question, scope)
        if not deadline.remaining_s or curated_look(question, scope) or cache.look(key):
            continue
        each = deadline.within(settings.ANSWER_DEADLINE_S)
        try:
            for _ in compute(
                question,
                Trace(),
                asked=question,
                key=key,
                scope=scope,
                deadline=each,
                priority=Priority.BULK,
                warmed=True,
            ):
                pass
        except (EngineError, SearchIndexError) as error:  # whoever asks will see it; here it only ends the round
            log.info("warming_stopped", error=type(error).__name__)
            break
        warmed += 1
    if warmed:
        log.info("answers_warmed", questions=warmed)
    return warmed


def _frequent() -> Iterator[tuple[str, Scope]]:
    """The most asked questions with what their last asker may see today."""
    rows = (
        Answer.objects.filter(state=Answer.State.DONE, created_at__gt=timezone.now() - WINDOW)
        .values("question", "collections", "asker")
        .annotate(times=Count("pk"), last=Max("created_at"))
        .filter(times__gte=LEAST_ASKED)
        .order_by("-times", "-last")[:MAX_QUESTIONS]
    )
    askers = User.objects.filter(is_active=True).in_bulk({row["asker"] for row in rows})
    for row in rows:
        if row["asker"] not in askers or not row["collections"]:
            continue
        try:
            yield row["question"], scope_of(askers[row["asker"]], collections=row["collections"])
        except NotFound:  # no longer theirs to ask
            continue
