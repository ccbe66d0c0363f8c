"""Greetings and thanks are no questions; whatever asks for something is one."""

import pytest

from kbqa.answers.condense import standalone
from kbqa.answers.events import Abstained, Done
from kbqa.answers.models import Answer, Conversation
from kbqa.answers.pipeline import answer
from kbqa.answers.pleasantry import pleasantry
from kbqa.answers.scope import scope_of
from kbqa.answers.usage import usage_of
from kbqa.engine import deadline_after
from tests import factories


@pytest.mark.parametrize(
    "said",
    ["hi", "Hello!", "Good morning.", "hello there", "Thanks :)", "Thank you very much!", "OK, thanks", "bye",
     "你好", "您好！", "早上好", "谢谢！", "謝謝", "好的，谢谢。", "再见 👋"],
)  # fmt: skip
def test_nobody_asked_anything(said: str) -> None:
    assert pleasantry(said) is not None


@pytest.mark.parametrize(
    "asked",
    ["", "?", "hi, what does the bell do?", "Hello World program", "thanksgiving leave", "ok button", "Who says hello?",
     "你好吗公司的电话是多少", "谢谢信怎么写", "再见协议", "leave"],
)  # fmt: skip
def test_somebody_did(asked: str) -> None:
    assert pleasantry(asked) is None


@pytest.mark.django_db
def test_nothing_is_looked_for_kept_or_counted_as_unanswered_and_the_talk_goes_on() -> None:
    user = factories.user()
    talk = Conversation.objects.create(owner=user, title="Bells")
    Answer.objects.create(
        asker=user, conversation=talk, question="How heavy is the bell?", state=Answer.State.DONE, text="400 kg"
    )

    events = list(answer("Thanks!", asker=user, scope=scope_of(user), deadline=deadline_after(5), conversation=talk))

    assert [type(event) for event in events] == [Abstained, Done]
    turn = talk.answers.latest("created_at")
    assert (turn.question, turn.abstained, turn.cached, turn.passages) == ("Thanks!", True, False, [])
    assert usage_of(user=user, num_days=1).unanswered == ()
    assert standalone("And how old is it?", talk).after == "How heavy is the bell?"
