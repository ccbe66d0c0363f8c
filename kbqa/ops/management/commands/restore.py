"""A backup into an empty data folder, every byte compared with its checksum."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from kbqa.ops.backup import DATABASE, BackupRefused, backup_restore


class Command(BaseCommand):
    help = "Restore a backup into the data folder of the settings, which must be empty; with nothing running."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", type=Path, help="a folder that `backup` made")

    def handle(self, *, source: Path, **options: object) -> None:
        try:
            restored = backup_restore(source)
        except BackupRefused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Restored {len(restored.files)} files, {restored.size_bytes / 1e6:.1f} MB.")
        if DATABASE not in restored.files:
            self.stdout.write("The rows are not in it: restore them with pg_restore.")
        self.stdout.write("Next: `manage.py migrate`, then `manage.py verify_index`.")
