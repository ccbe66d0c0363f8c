"""Ask from the command line: the same pipeline, printed."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kbqa.accounts.models import User
from kbqa.answers.cache import Level
from kbqa.answers.pipeline import answer
from kbqa.answers.scope import scope_of
from kbqa.answers.services import question_clean
from kbqa.answers.wire import collect
from kbqa.documents.permissions import visible_collections
from kbqa.engine import close_engine, deadline_after, get_engine
from kbqa.errors import ApplicationError


class Command(BaseCommand):
    help = "Ask a question; prints the answer with its citations, or REST's JSON with --json."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("question")
        parser.add_argument("--collection", action="append", default=[], help="a collection's name; repeatable")
        parser.add_argument("--user", help="who asks; the first administrator by default")
        parser.add_argument("--deadline", type=float, default=settings.ANSWER_DEADLINE_S, help="seconds")
        parser.add_argument("--json", action="store_true", help="the body that POST /api/v1/answers gives")

    def handle(
        self,
        *,
        question: str,
        collection: list[str],
        user: str | None,
        deadline: float,
        json: bool,
        **options: object,
    ) -> None:
        people = User.objects.filter(**({"username": user} if user else {"is_superuser": True})).order_by("pk")
        asker = people.first()
        if asker is None:
            raise CommandError("There is no such user.")
        get_engine()  # loaded before the answer's time begins to run
        try:
            body = collect(
                answer(
                    question_clean(question),
                    asker=asker,
                    scope=scope_of(asker, collections=self._named(asker, collection)),
                    deadline=deadline_after(deadline),
                )
            )
        except ApplicationError as error:
            raise CommandError(error.message) from error
        finally:
            close_engine()
        if "error" in body:
            raise CommandError(body["error"]["message"])
        self._print_json(body) if json else self._print(body)

    def _named(self, asker: User, names: list[str]) -> list[str]:
        found = dict(visible_collections(asker).filter(name__in=names).values_list("name", "pk"))
        if missing := set(names) - set(found):
            raise CommandError(f"There is no collection named {', '.join(sorted(missing))}.")
        return [str(pk) for pk in found.values()]

    def _print_json(self, body: dict[str, Any]) -> None:  # Any: JSON
        self.stdout.write(json.dumps(body, ensure_ascii=False, indent=2))

    def _print(self, body: dict[str, Any]) -> None:  # Any: JSON
        if body["trace"].get("cache") == Level.PLEASANTRY:
            self.stdout.write("Ask a question, and the sentence of your documents that answers it is quoted.")
            return
        if body["abstained"]:
            first = body["tentative"]
            verdict = "No sure answer in your documents." if first else "Not found in your documents."
            self.stdout.write(self.style.WARNING(verdict))
            if first:
                self.stdout.write(f"Nearest, and perhaps wrong:\n  {self._place(first)}\n    “{first['quote']}”")
            self.stdout.write("Nearest passages:" if body["passages"] else "No passage has anything in common with it.")
            for passage in body["passages"][:3]:
                self.stdout.write(f"  {self._place(passage)}\n    {passage['text'][:200]}")
        else:
            self.stdout.write(self.style.SUCCESS(body["answer"]))
            for citation in body["citations"]:
                self.stdout.write(f"  [{citation['number']}] {self._place(citation)}\n      “{citation['quote']}”")
        confidence = body["confidence"] or 0.0
        self.stdout.write(f"confidence {confidence:.2f}, {body['timings_ms'].get('total', 0):.0f} ms")

    def _place(self, place: dict[str, Any]) -> str:  # Any: JSON
        return f"{place['title']}, page {place['page']}" if place["page"] else str(place["title"])
