"""A folder's files into a collection: the same flow as an upload, from a directory."""

import time
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from kbqa.accounts.models import User
from kbqa.documents.counting import counted
from kbqa.documents.ingestion import version_ingest
from kbqa.documents.models import Collection, Version
from kbqa.documents.services import collection_create, document_upload
from kbqa.errors import ApplicationError


class Command(BaseCommand):
    help = "Upload every file below a folder into a collection; unchanged files cost nothing on a second run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--collection", required=True, help="its name; created if absent")
        parser.add_argument("--user", help="who owns what is created; the first administrator by default")
        parser.add_argument("--now", action="store_true", help="ingest here and now, without waiting for a worker")
        parser.add_argument("--wait", action="store_true", help="wait until the workers have finished")

    def handle(
        self, *, folder: Path, collection: str, user: str | None, now: bool, wait: bool, **options: object
    ) -> None:
        if not folder.is_dir():
            raise CommandError(f"{folder} is not a folder.")
        people = User.objects.filter(**({"username": user} if user else {"is_superuser": True})).order_by("pk")
        owner = people.first()
        if owner is None:
            raise CommandError("There is no such user; create one with `manage.py createsuperuser`.")
        target = Collection.objects.filter(name=collection).order_by("created_at").first()
        target = target or collection_create(name=collection, by=owner)
        versions = [version for path in self._files(folder) if (version := self._upload(target, folder, path, owner))]
        for version in versions if now else []:
            version_ingest(version.pk)
            self._report(version)
        if wait:
            self._wait(versions)

    def _files(self, folder: Path) -> list[Path]:
        """Every file but hidden ones; what the folder itself lies in says nothing about them."""
        found = (path for path in folder.rglob("*") if path.is_file())
        return sorted(path for path in found if not any(p.startswith(".") for p in path.relative_to(folder).parts))

    def _upload(self, target: Collection, folder: Path, path: Path, owner: User) -> Version | None:
        name = " - ".join(path.relative_to(folder).parts)
        try:
            with path.open("rb") as file:
                upload = document_upload(
                    collection=target, name=name, pieces=iter(lambda: file.read(1 << 20), b""), by=owner
                )
        except ApplicationError as error:
            self.stdout.write(self.style.WARNING(f"{name}: {error.message}"))
            return None
        if upload.duplicate:
            self.stdout.write(f"{name}: unchanged")
            return None
        self.stdout.write(f"{name}: queued")
        return upload.version

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
        detail = counted(version.num_passages, "passage") if ready else version.error
        self.stdout.write(f"{version.document.name}: {style(version.state)} {detail}")
