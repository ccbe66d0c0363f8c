"""Do rows and files agree? Checksums, counts, and no passage without its vector or the other way round."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from kbqa.documents.models import Collection
from kbqa.documents.rebuilding import collection_verify


class Command(BaseCommand):
    help = "Verify every live segment against its checksums and against the rows; exits 1 on any problem."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--collection", help="only the collection of this name")

    def handle(self, *, collection: str | None, **options: object) -> None:
        named = {"name": collection} if collection else {}
        chosen = Collection.with_deleted.filter(**named).select_related("snapshot")
        problems = 0
        for row in chosen.order_by("name"):
            found = collection_verify(collection=row)
            problems += len(found.problems)
            state = self.style.ERROR("damaged") if found.problems else self.style.SUCCESS("clean")
            self.stdout.write(f"{row.name}: {found.segments} segments, {found.passages} passages: {state}")
            for problem in found.problems:
                self.stdout.write(f"  {problem}")
        if problems:
            raise CommandError(f"{problems} problems; `manage.py rebuild_index` mends the index from the rows.")
