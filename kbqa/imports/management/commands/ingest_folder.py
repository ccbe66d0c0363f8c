"""A folder's files into a collection: the same import as from the page, from any folder this user can read."""

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from kbqa.accounts.models import User
from kbqa.documents.ingestion import version_ingest
from kbqa.documents.models import Collection, Version
from kbqa.documents.selectors import latest_version
from kbqa.documents.services import collection_create
from kbqa.imports.models import ImportItem, ImportRun
from kbqa.imports.running import run_continue
from kbqa.imports.services import import_begin_here

Outcome = ImportItem.Outcome

_SAID = {Outcome.NEW: "queued", Outcome.VERSION: "queued as a new version", Outcome.UNCHANGED: "unchanged"}
_FORESEEN = {Outcome.NEW: "new", Outcome.VERSION: "a new version", Outcome.UNCHANGED: "unchanged"}


class Command(BaseCommand):
    help = "Upload every file below a folder into a collection; unchanged files cost nothing on a second run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--collection", required=True, help="its name; created if absent")
        parser.add_argument("--user", help="who owns what is created; the first administrator by default")
        parser.add_argument("--dry-run", action="store_true", help="only say what would come of each file")
        parser.add_argument("--now", action="store_true", help="ingest here and now, without waiting for a worker")
        parser.add_argument("--wait", action="store_true", help="wait until the workers have finished")

    def handle(
        self,
        *,
        folder: Path,
        collection: str,
        user: str | None,
        dry_run: bool,
        now: bool,
        wait: bool,
        **options: object,
    ) -> None:
        if not folder.is_dir():
            raise CommandError(f"{folder} is not a folder.")
        people = User.objects.filter(**({"username": user} if user else {"is_superuser": True})).order_by("pk")
        owner = people.first()
        if owner is None:
            raise CommandError("There is no such user; create one with `manage.py createsuperuser`.")
        target = Collection.objects.filter(name=collection).order_by("created_at").first()
        target = target or collection_create(name=collection, by=owner)
        run = import_begin_here(collection=target, folder=folder, by=owner, dry_run=dry_run)
        versions = list(self._carried_out(run))
        for version in versions if now else []:
            version_ingest(version.pk)
            self._report(version)
        if wait:
            self._wait(versions)

    def _carried_out(self, run: ImportRun) -> Iterator[Version]:
        """The versions that are to be read; every file's fate is told as it is known."""
        told, goes_on = -1, True
        while goes_on:
            goes_on = run_continue(run.pk, any_folder=True)
            for item in run.items.exclude(outcome=Outcome.WAITING).filter(position__gt=told).select_related("document"):
                told = item.position
                self._tell(item, run)
                if item.document and not run.dry_run and item.outcome != Outcome.UNCHANGED:
                    yield latest_version(item.document)

    def _tell(self, item: ImportItem, run: ImportRun) -> None:
        if item.outcome == Outcome.REFUSED:
            self.stdout.write(self.style.WARNING(f"{item.place}: {item.message}"))
            return
        said = (_FORESEEN if run.dry_run else _SAID)[Outcome(item.outcome)]
        self.stdout.write(f"{item.name}: {said}{f' ({item.message})' if item.message else ''}")

    def _wait(self, versions: list[Version]) -> None:
        waiting = list(versions)
        while waiting:
            time.sleep(0.5)
            for version in [v for v in waiting if Version.objects.get(pk=v.pk).state != Version.State.PENDING]:
                waiting.remove(version)
                self._report(version)

    def _report(self, version: Version) -> None:
        version.refresh_from_db()
        ready = version.state == Version.State.READY
        style = self.style.SUCCESS if ready else self.style.ERROR
        passages = "1 passage" if version.num_passages == 1 else f"{version.num_passages} passages"
        self.stdout.write(f"{version.document.name}: {style(version.state)} {passages if ready else version.error}")
