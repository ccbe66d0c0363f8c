"""An editor's answer is served for its question, to whoever may ask its collection and to nobody else."""

import pytest
from django.test import Client

from inference.deadline import Deadline
from kbqa.accounts.services import key_issue
from kbqa.answers.curated import Place, curated_delete, curated_write
from kbqa.answers.models import Answer, CuratedAnswer
from kbqa.answers.pipeline import answer
from kbqa.answers.scope import scope_of
from kbqa.answers.wire import collect, kept_answer
from kbqa.documents.deleting import document_delete
from kbqa.documents.models import CanonicalText, Role
from kbqa.errors import Invalid, NotFound
from tests import factories

from .conftest import FOREST, RIVER

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "When was the oldest oak planted?"
WORDS = "In 1641, says the forester; the sign at the gate is wrong."


def ask(question, user, collections=None):
    scope = scope_of(user, collections=collections)
    return collect(answer(question, asker=user, scope=scope, deadline=Deadline.after(20)))


@pytest.fixture
def forest(put):
    return put("forest.txt", FOREST)


@pytest.fixture
def quote(forest):
    """The first sentence of the forest's document."""
    start = CanonicalText.objects.get(version=forest.version).text.index("The oldest")
    return Place(str(forest.document.pk), 1, start, start + FOREST.index(".") + 1)


def test_the_same_question_is_answered_in_the_editors_words(collection, owner, quote):
    ask(QUESTION, owner)  # an answer is in the cache already
    curated_write(collection=collection, question=QUESTION, text=WORDS, places=[quote], by=owner)

    body = ask(f"  {QUESTION.upper().rstrip('?')}", owner)

    assert body["answer"] == WORDS
    assert [c["quote"] for c in body["citations"]] == ["The oldest oak in Harrow Wood was planted in 1641."]
    assert (body["curated"]["by"], body["confidence"], body["cached"]) == ("owner", None, False)
    assert kept_answer(Answer.objects.get(pk=body["id"]))["curated"] == body["curated"]


def test_an_edit_shows_at_once_and_a_deletion_undoes_it(collection, owner, forest):
    before = ask(QUESTION, owner)["answer"]
    curated_write(collection=collection, question=QUESTION, text="Once.", by=owner)
    first = ask(QUESTION, owner)["answer"]
    curated_write(collection=collection, question=QUESTION.lower(), text="Twice.", by=owner)
    second = ask(QUESTION, owner)["answer"]
    curated_delete(curated=CuratedAnswer.objects.get())

    assert (first, second, ask(QUESTION, owner)["answer"]) == ("Once.", "Twice.", before)


def test_who_may_not_see_the_collection_or_does_not_ask_it_hears_nothing_of_it(collection, owner, forest):
    curated_write(collection=collection, question=QUESTION, text=WORDS, by=owner)
    viewer, outsider = factories.member(collection, Role.VIEWER), factories.user()
    other = factories.collection(owner=owner)

    assert ask(QUESTION, viewer)["answer"] == WORDS
    assert ask(QUESTION, outsider)["curated"] is None
    assert ask(QUESTION, owner, [other.pk])["curated"] is None


def test_a_quote_is_copied_from_a_source_of_the_collection_or_refused(collection, owner, put, quote):
    elsewhere = put("river.txt", RIVER, into=factories.collection(owner=owner))
    write = {"collection": collection, "question": QUESTION, "text": WORDS, "by": owner}

    with pytest.raises(NotFound):
        curated_write(**write, places=[Place(str(elsewhere.document.pk), 1, 0, 5)])
    with pytest.raises(Invalid, match="outside"):
        curated_write(**write, places=[Place(quote.document, 1, 5, 1_900)])
    with pytest.raises(Invalid, match="characters"):
        curated_write(**write, places=[Place(quote.document, 1, 5, 5)])

    assert not CuratedAnswer.objects.exists()


def test_a_citation_goes_with_its_document(collection, owner, forest, quote):
    curated_write(collection=collection, question=QUESTION, text=WORDS, places=[quote], by=owner)
    document_delete(document=forest.document)

    body = ask(QUESTION, owner)

    assert (body["answer"], body["citations"]) == (WORDS, [])


def test_a_chat_client_hears_it_too(collection, owner, quote):
    curated_write(collection=collection, question=QUESTION, text=WORDS, places=[quote], by=owner)
    _, key = key_issue(owner=owner, name="chat")

    said = (
        Client()
        .post(
            "/v1/chat/completions",
            {"messages": [{"role": "user", "content": QUESTION}]},
            content_type="application/json",
            headers={"Authorization": f"Bearer {key}"},
        )
        .json()
    )

    assert said["choices"][0]["message"]["content"].startswith(f"{WORDS}\n\n[1] forest.txt: “The oldest oak")
