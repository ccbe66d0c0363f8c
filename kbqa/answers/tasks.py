"""Celery's way in to what answers need done in their absence."""

from celery import shared_task

_BUDGET_S = 8.0  # an ingestion that waits behind this is not kept long


@shared_task
def warm_answers() -> None:
    from .warm import answers_warm

    answers_warm(budget_s=_BUDGET_S)
