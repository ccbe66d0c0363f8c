"""Everything that cannot be made again, into a new folder, while the site runs."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from kbqa.ops.backup import BackupRefused, backup_make


class Command(BaseCommand):
    help = "Back up rows, originals, index and secret key into a new folder; safe while everything runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target", type=Path, help="a folder that does not exist yet")
        parser.add_argument("--files-only", action="store_true", help="without rows, for a database that pg_dump takes")

    def handle(self, *, target: Path, files_only: bool, **options: object) -> None:
        try:
            made = backup_make(target, with_database=not files_only)
        except BackupRefused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{target}: {len(made.files)} files, {made.size_bytes / 1e6:.1f} MB")
        if made.problems:
            raise CommandError("\n".join(["The backup is made, but not everything in it is sound:", *made.problems]))
