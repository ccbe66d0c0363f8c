"""The Celery application; its settings and schedule are in settings/queue.py."""

import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import worker_init

from . import broker as broker  # names the transport that messages in a folder go by

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kbqa.settings")

app = Celery("kbqa")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_configure.connect
def _make_broker_folders(**_: Any) -> None:  # Any: Celery's signal arguments
    """Messages in a folder expect their folders to be there."""
    from django.conf import settings

    if root := settings.EMBEDDED_BROKER_ROOT:
        for folder in ("messages", "control"):
            Path(root, folder).mkdir(parents=True, exist_ok=True)


@worker_init.connect
def _use_django_logging(**_: Any) -> None:  # Any: Celery's signal arguments
    """A worker's lines look like the website's."""
    import logging.config

    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)
