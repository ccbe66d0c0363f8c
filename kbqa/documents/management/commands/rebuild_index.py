"""Rebuild the index from stored passages, without reading any document again."""

from argparse import ArgumentParser
from functools import partial

from django.core.management.base import BaseCommand, CommandError

from kbqa.documents.models import Collection
from kbqa.documents.rebuilding import collection_rebuild


class Command(BaseCommand):
    help = "Rebuild the index of every collection, or of one, from the stored passages."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--collection", help="only the collection of this name")

    def handle(self, *, collection: str | None, **options: object) -> None:
        named = {"name": collection} if collection else {}
        chosen = Collection.with_deleted.filter(**named).select_related("snapshot")
        if collection and not chosen:
            raise CommandError(f"There is no collection named {collection!r}.")
        for row in chosen:
            total = collection_rebuild(collection=row, progress=partial(self._progress, row))
            self.stdout.write(self.style.SUCCESS(f"\r{row.name}: {total} passages indexed"))

    def _progress(self, row: Collection, done: int, total: int) -> None:
        self.stdout.write(f"\r{row.name}: {done} of {total} passages", ending="")
        self.stdout.flush()
