"""A key for a program, printed once."""

from argparse import ArgumentParser
from datetime import timedelta
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kbqa.accounts.models import KeyScope, User
from kbqa.accounts.services import key_issue


class Command(BaseCommand):
    help = "Issue an API key for a user and print it; it is shown this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", default="admin")
        parser.add_argument("--name", default="command line", help="what the key is for")
        parser.add_argument("--scope", action="append", choices=KeyScope.values, help="what it may do; all by default")
        parser.add_argument("--collection", action="append", type=UUID, help="the id of one it is for; all by default")
        parser.add_argument("--days", type=int, help="days until it expires; never by default")

    def handle(
        self,
        *,
        user: str,
        name: str,
        scope: list[str] | None,
        collection: list[UUID] | None,
        days: int | None,
        **options: object,
    ) -> None:
        owner = User.objects.filter(username=user).first()
        if owner is None:
            raise CommandError(f"There is no user {user!r}.")
        expires_at = timezone.now() + timedelta(days=days) if days else None
        _, key = key_issue(owner=owner, name=name, expires_at=expires_at, scopes=scope, collections=collection)
        self.stdout.write(key)
