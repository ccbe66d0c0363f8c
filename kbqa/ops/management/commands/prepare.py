"""Everything `make run` needs before it serves: folders, tables, static files, a first administrator, samples."""

import secrets
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from kbqa.accounts.models import User
from kbqa.settings.env import BASE_DIR

SAMPLES = BASE_DIR / "docs"
SAMPLE_COLLECTION = "KBQA handbook"


class Command(BaseCommand):
    help = "Create tables, folders and, on a fresh machine, the first administrator and the sample collection."

    def handle(self, **options: object) -> None:
        for root in (settings.ORIGINALS_ROOT, settings.SEGMENTS_ROOT, settings.STATIC_ROOT):
            Path(root).mkdir(parents=True, exist_ok=True)
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        if not User.objects.exists():
            self._first_run()

    def _first_run(self) -> None:
        password = secrets.token_urlsafe(12)
        User.objects.create_superuser("admin", password=password)
        self.stdout.write("Reading the sample documents:")
        call_command("ingest_folder", str(SAMPLES), collection=SAMPLE_COLLECTION, now=True, stdout=self.stdout)
        self.stdout.write("")
        self.stdout.write(self.style.WARNING("  First administrator, shown once:"))
        self.stdout.write(f"    user      admin\n    password  {password}\n")
        self.stdout.write("  Lost it?  .venv/bin/python manage.py changepassword admin\n")
