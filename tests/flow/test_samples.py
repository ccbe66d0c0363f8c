"""The sample collection that `make run` reads in: all of it is read, and it answers what a newcomer asks."""

import pytest
from django.core.management import call_command

from inference.deadline import Deadline
from kbqa.answers.pipeline import answer
from kbqa.answers.scope import scope_of
from kbqa.answers.wire import collect
from kbqa.documents.models import CanonicalText, Version
from kbqa.ops.management.commands.prepare import SAMPLE_COLLECTION, SAMPLES
from kbqa.web import examples
from tests import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ANSWERED = {
    "How many days of annual leave do full-time staff have?": ("28 days", "Staff handbook", 2),
    "How long do I have to submit an expense claim?": ("30 days", "Travel policy", None),
    "Which serial numbers are recalled?": ("25-05-0840", "Recall of battery packs P-22 made in May 2025", None),
    "What is the warranty of the FI-900?": ("5 years", "price-list-2026.xlsx", 1),
    "When is the next calibration due?": (
        "17 September 2027",
        "Calibration certificate C-2025-0417",
        1,
    ),
    "How far does the radio reach?": ("300 metres", "FI-200 weather station: help", None),
    "颗粒物滤网多久更换一次？": ("六个月", "空气质量监测仪使用说明.txt", None),
    "How do I set a new administrator password?": ("changepassword admin", "Getting started", None),
}
NOT_ANSWERED = ("What is the boiling point of tungsten?", "Who won the 1998 World Cup?", "长江有多长？")


@pytest.fixture
def asked():
    """The samples are read in; ask one question as the administrator."""
    owner = factories.user(username="admin", is_superuser=True, is_staff=True)
    for folder in SAMPLES:
        call_command("ingest_folder", str(folder), collection=SAMPLE_COLLECTION, now=True, verbosity=0)

    return lambda question: collect(answer(question, asker=owner, scope=scope_of(owner), deadline=Deadline.after(20)))


def test_samples_are_read_and_answer_what_a_newcomer_asks(asked):
    assert set(Version.objects.values_list("state", flat=True)) == {Version.State.READY}
    for question, (words, title, page) in ANSWERED.items():
        assert_cited(asked(question), words, title, page)
    for question in NOT_ANSWERED:
        assert asked(question)["abstained"], question
    for question in examples.EXAMPLES:
        assert not asked(str(question))["abstained"], question


def test_the_ask_page_looks_for_the_collection_that_is_made():
    assert examples.SAMPLE_COLLECTION == SAMPLE_COLLECTION


def assert_cited(body, words, title, page):
    """The first citation holds the words, and stands in the document letter by letter."""
    assert body["citations"], (title, body["confidence"])
    cited = body["citations"][0]
    text = CanonicalText.objects.get(version__document=cited["document"], version__number=cited["version"]).text
    assert (cited["title"], cited["page"]) == (title, page)
    assert words in cited["quote"]
    assert text[cited["start"] : cited["end"]] == cited["quote"]
