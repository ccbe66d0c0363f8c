"""Everything `make run` needs before it serves: folders, tables, static files, a first administrator, samples.

A second run finds all of it done and says nothing.
"""

import logging
import secrets
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from kbqa.accounts.models import User
from kbqa.ops.static import static_collect, static_is_stale
from kbqa.settings.env import BASE_DIR

SAMPLES = (BASE_DIR / "docs" / "guide", BASE_DIR / "docs" / "samples")
SAMPLE_COLLECTION = "Sample documents"


class Command(BaseCommand):
    help = "Create tables, folders and, on a fresh machine, the first administrator and the sample collection."

    def handle(self, **options: object) -> None:
        logging.getLogger().setLevel(logging.WARNING)  # what is done is said below
        for root in (settings.ORIGINALS_ROOT, settings.SEGMENTS_ROOT, settings.STATIC_ROOT):
            Path(root).mkdir(parents=True, exist_ok=True)
        if _migrations_are_due():
            self.stdout.write("Bringing the database up to date")
            call_command("migrate", verbosity=0)
        if static_is_stale():
            self.stdout.write("Gathering the pages' static files")
            static_collect()
        if not User.objects.exists():
            self._first_run()

    def _first_run(self) -> None:
        password = secrets.token_urlsafe(12)
        User.objects.create_superuser("admin", password=password)
        self.stdout.write("Reading the sample documents")
        for folder in SAMPLES:
            call_command("ingest_folder", str(folder), collection=SAMPLE_COLLECTION, now=True, stdout=self.stdout)
        self.stdout.write("")
        self.stdout.write(self.style.WARNING("  First administrator, shown once:"))
        self.stdout.write(f"    user      admin\n    password  {password}\n")
        self.stdout.write("  Lost it?  .venv/bin/python manage.py changepassword admin\n")


def _migrations_are_due() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
