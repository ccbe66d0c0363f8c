"""Somebody signed in, and rows for the pages to show."""

from collections.abc import Callable

import pytest
from django.test import Client

from kbqa.accounts.models import User
from kbqa.answers.models import Answer, Citation, Conversation
from kbqa.documents.models import CanonicalText, Collection, Version
from tests import factories

QUOTE = "The lamp is lit at dusk."
TEXT = f"Keeper's guide\n\n{QUOTE} It burns until sunrise.\n\nShip | Port\nShip: Aurora | Port: Bergen\n"


@pytest.fixture
def keeper() -> User:
    return factories.user(username="keeper")


@pytest.fixture
def page(client: Client, keeper: User) -> Client:
    client.force_login(keeper)
    return client


@pytest.fixture
def shelf(keeper: User) -> Collection:
    return factories.collection(owner=keeper, name="Shelf")


@pytest.fixture
def ready(shelf: Collection) -> Callable[..., Version]:
    """A document that was read: `TEXT`, with a heading."""

    def _ready(**fields: object) -> Version:
        version = factories.version(inside=shelf, state=Version.State.READY, num_passages=1, **fields)
        CanonicalText.objects.create(version=version, text=TEXT)
        factories.passage(of=version, text=TEXT)
        version.passages.update(heading_path=["Keeper's guide"])
        return version

    return _ready


@pytest.fixture
def answered(keeper: User, ready: Callable[..., Version]) -> Callable[..., Answer]:
    """A turn with as many citations as asked for."""

    def _answered(
        *, conversation: Conversation | None = None, num_citations: int = 2, question: str = "When is the lamp lit?"
    ) -> Answer:
        conversation = conversation or Conversation.objects.create(owner=keeper, title=question)
        answer = Answer.objects.create(
            asker=keeper,
            conversation=conversation,
            question=question,
            state=Answer.State.DONE,
            text="at dusk",
            confidence=0.9,
            timings_ms={"search": 3.0, "total": 12.0},
            trace={"candidates": [], "reading": {"confidence": 0.9, "threshold": 0.35, "signals": {"similarity": 0.7}}},
        )
        start = TEXT.index(QUOTE)
        for number in range(1, num_citations + 1):
            version = ready()
            Citation.objects.create(
                answer=answer,
                number=number,
                document=version.document,
                version=version,
                title=version.document.name,
                start=start,
                end=start + len(QUOTE),
                answer_start=start + QUOTE.index("at dusk"),
                answer_end=start + QUOTE.index("at dusk") + 7,
                quote=QUOTE,
            )
        return answer

    return _answered
