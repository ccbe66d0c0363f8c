"""A conversation's page: its last questions, and a word about those before them."""

from collections.abc import Callable

import pytest
from django.test import Client

from kbqa.answers.models import Answer
from kbqa.web import ask

pytestmark = pytest.mark.django_db


def test_a_long_conversation_says_that_it_shows_only_its_end(
    page: Client, answered: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ask, "MAX_TURNS_SHOWN", 2)
    conversation = answered(question="The first?").conversation
    answered(question="The second?", conversation=conversation)
    short = page.get(f"/c/{conversation.pk}").content.decode()
    answered(question="The third?", conversation=conversation)

    long = page.get(f"/c/{conversation.pk}").content.decode()

    assert "Only the last" not in short
    assert "Only the last 2 questions are shown." in long
    assert [question in long for question in ("The second?", "The third?")] == [True, True]
    assert long.count('class="question"') == 2 + 1  # and the one that a new turn is copied from
