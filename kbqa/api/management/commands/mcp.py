"""Serve the knowledge base to an assistant on this machine, over standard input and output."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from kbqa.accounts.models import User
from kbqa.api.mcp import Caller, server_for
from kbqa.engine import close_engine, get_engine


class Command(BaseCommand):
    help = "Run an MCP server with the tools `ask` and `search` on standard input and output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", help="whose documents are seen; the first administrator by default")

    def handle(self, *, user: str | None, **options: object) -> None:
        people = User.objects.filter(**({"username": user} if user else {"is_superuser": True})).order_by("pk")
        owner = people.first()
        if owner is None:
            raise CommandError("There is no such user.")
        get_engine()  # loaded before the first call, not during it
        try:
            server_for(Caller(owner, User.objects.filter(pk=owner.pk, is_active=True).exists)).run("stdio")
        finally:
            close_engine()
