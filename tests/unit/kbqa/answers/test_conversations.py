"""A conversation taken along: every quote with its place, and nothing a spreadsheet would run."""

import csv
import io
import json

import pytest

from kbqa.answers.conversations import conversation_export, conversation_rename
from kbqa.answers.models import Answer, Citation, Conversation
from kbqa.errors import Invalid, NotFound
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation() -> Conversation:
    owner = factories.user()
    conversation = Conversation.objects.create(owner=owner, title="Lamps")
    fields = {"asker": owner, "conversation": conversation}
    answer = Answer.objects.create(question="When?", text="at dusk", state=Answer.State.DONE, **fields)
    quote = {"title": "guide.pdf", "page": 2, "start": 0, "end": 24, "quote": "The lamp is lit\nat dusk."}
    Citation.objects.create(answer=answer, number=1, **quote)
    Answer.objects.create(question="=1+1", abstained=True, state=Answer.State.DONE, **fields)
    return conversation


def test_json_holds_turns_with_their_citations(conversation: Conversation):
    whole = json.loads(conversation_export(conversation=conversation, kind="json"))

    assert [turn["question"] for turn in whole["turns"]] == ["When?", "=1+1"]
    assert whole["turns"][0]["citations"][0]["quote"] == "The lamp is lit\nat dusk."


def test_markdown_quotes_with_the_place(conversation: Conversation):
    text = conversation_export(conversation=conversation, kind="md")

    assert "> The lamp is lit at dusk.\n>\n> [1] guide.pdf, page 2" in text
    assert "(not found)" in text


def test_csv_has_a_row_a_citation_and_runs_nothing(conversation: Conversation):
    text = conversation_export(conversation=conversation, kind="csv")

    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [(row["question"], row["source"], row["page"]) for row in rows] == [
        ("When?", "guide.pdf", "2"),
        ("'=1+1", "", ""),
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_cells_that_begin_like_a_formula_are_text(conversation: Conversation, start: str):
    conversation.answers.filter(abstained=True).update(question=f"{start}cmd")

    assert f"'{start}cmd" in conversation_export(conversation=conversation, kind="csv")


def test_another_kind_is_refused(conversation: Conversation):
    with pytest.raises(NotFound):
        conversation_export(conversation=conversation, kind="exe")


def test_a_title_is_never_empty(conversation: Conversation):
    conversation_rename(conversation=conversation, title="  Lighthouse  ")
    with pytest.raises(Invalid):
        conversation_rename(conversation=conversation, title=" \x00 ")

    conversation.refresh_from_db()
    assert conversation.title == "Lighthouse"
