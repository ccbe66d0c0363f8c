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
    conversation = conversation_begin(owner=owner, title="forest")

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
    assert turn.trace["after"] == "When was the oldest oak in Harrow Wood planted?"


def test_a_follow_up_that_names_another_thing_is_read_in_the_words_of_the_question_before_it(put, owner):
    put("parts.csv", "Product,Name,Price\nFI-200,Station,680\nFI-400,Monitor,1250\n")
    conversation = conversation_begin(owner=owner, title="prices")

    for question in ("How much does the FI-200 cost?", "And the FI-400?"):
        deadline = Deadline.after(10)
        list(answer(question, asker=owner, scope=scope_of(owner), deadline=deadline, conversation=conversation))

    turn = Answer.objects.latest("created_at")
    assert (turn.question, turn.trace["standalone"]) == ("And the FI-400?", "How much does the FI-400 cost?")
    assert "FI-400" in turn.trace["reading"]["best"]["quote"]
