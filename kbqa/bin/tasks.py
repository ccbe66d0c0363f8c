"""Celery's way in to what lies in the bin."""

from celery import shared_task


@shared_task
def expire_bin() -> None:
    from .services import bin_expire

    bin_expire()
