"""A follow-up is understood through the turn before it, and says how it was understood."""

import pytest

from inference.deadline import Deadline
from kbqa.answers.events import Cited
from kbqa.answers.models import Answer
from kbqa.answers.pipeline import answer
from kbqa.answers.scope import scope_of
from kbqa.answers.services import conversation_begin

from .conftest import FOREST, RIVER

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_follow_up_is_asked_about_the_topic_before_it(put, owner):
    put("forest.txt", FOREST)
    put("river.txt", RIVER)
    conversation = conversation_begin(owner=owner, question="forest")

    def ask(question):
        deadline = Deadline.after(10)
        return list(answer(question, asker=owner, scope=scope_of(owner), deadline=deadline, conversation=conversation))

    ask("When was the oldest oak in Harrow Wood planted?")
    events = ask("Who counts its rings?")

    cited = next(event for event in events if isinstance(event, Cited))
    turn = Answer.objects.latest("created_at")
    assert "Foresters count its rings" in cited.citations[0].quote
    assert turn.question == "Who counts its rings?"
    assert turn.trace["standalone"].startswith("Who counts its rings? (")
    assert "oldest oak in Harrow Wood" in turn.trace["standalone"]
