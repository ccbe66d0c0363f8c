"""A conversation's page: its last questions, a word about those before them, and where nothing was found."""

from collections.abc import Callable
from dataclasses import asdict
from html import unescape

import pytest
from django.test import Client

from kbqa.answers.events import CitationView
from kbqa.answers.models import Answer
from kbqa.documents.deleting import document_delete
from kbqa.web import ask
from kbqa.web.examples import EXAMPLES, SAMPLE_COLLECTION
from tests import factories

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


def test_example_questions_are_offered_where_the_samples_are_looked_through(page: Client, keeper, shelf):
    samples = factories.collection(owner=keeper, name=SAMPLE_COLLECTION)
    example, places = str(EXAMPLES[0]), ("", f"?collections={samples.pk}", f"?collections={shelf.pk}")

    assert [example in page.get(f"/{place}").content.decode() for place in places] == [True, True, False]


@pytest.fixture
def unfound(answered: Callable[..., Answer]) -> Callable[..., str]:
    """The card of a question that had no answer in the collections asked."""

    def _unfound(page: Client, *asked: object) -> str:
        answer = answered(num_citations=0)
        Answer.objects.filter(pk=answer.pk).update(abstained=True, text="", collections=[str(pk) for pk in asked])
        card, thread = page.get(f"/answers/{answer.pk}/card"), page.get(f"/c/{answer.conversation_id}")
        assert card.content.decode().count('value="all"') == thread.content.decode().count('value="all"')
        return unescape(card.content.decode())

    return _unfound


def test_what_some_collections_do_not_hold_is_offered_to_be_asked_of_all(page: Client, keeper, shelf, unfound):
    others = [factories.collection(owner=keeper, name=f"Other {n}") for n in range(4)]

    one, three = unfound(page, shelf.pk), unfound(page, shelf.pk, *[row.pk for row in others[:2]])
    four = unfound(page, shelf.pk, *[row.pk for row in others[:3]])

    assert "<strong>Not found in Shelf</strong>" in one
    assert "<strong>Not found in Other 0, Other 1, Shelf</strong>" in three
    assert "<strong>Not found in the 4 collections chosen</strong>" in four
    assert all("Search all collections" in card for card in (one, three, four))


def test_what_no_collection_holds_is_not_found_in_ones_documents(page: Client, keeper, shelf, unfound):
    factories.collection(name="Another's")

    card = unfound(page, shelf.pk)

    assert "<strong>Not found in your documents</strong>" in card
    assert "Search all collections" not in card


def test_a_question_asked_of_all_is_asked_of_all_whatever_else_is_ticked(page: Client, keeper, shelf):
    other = factories.collection(owner=keeper)

    page.post("/", {"question": "When is it lit?", "collections": [str(shelf.pk), "all"]})

    assert set(Answer.objects.get().collections) == {str(shelf.pk), str(other.pk)}


def test_what_was_asked_of_all_is_followed_up_in_all_though_a_collection_came_since(page: Client, keeper, shelf):
    page.post("/", {"question": "Who won in 1972?"})
    factories.collection(owner=keeper, name="Newer")

    thread = page.get(f"/c/{Answer.objects.get().conversation_id}").content.decode()

    assert "<strong>Not found in your documents</strong>" in thread
    assert '<span id="scope-said">All collections</span>' in thread


def test_what_was_asked_of_all_that_was_chosen_stays_there_when_a_collection_came_since(page: Client, keeper, shelf):
    page.post("/", {"question": "Who won in 1972?", "collections": [str(shelf.pk)]})
    factories.collection(owner=keeper, name="Newer")

    thread = page.get(f"/c/{Answer.objects.get().conversation_id}").content.decode()

    assert '<span id="scope-said">Shelf</span>' in thread


def test_the_nearest_passages_show_what_they_share_with_the_question(page: Client, answered: Callable[..., Answer]):
    answer, text = answered(num_citations=0), f"{'Filler. ' * 60}The lamp is lit <at> dusk.{' Filler.' * 60}"
    passage = {"title": "Guide", "url": "/documents/x", "text": text, "page": None, "edited": False}
    Answer.objects.filter(pk=answer.pk).update(abstained=True, text="", passages=[passage])

    card = page.get(f"/answers/{answer.pk}/card").content.decode()

    assert "The <mark>lamp</mark> is <mark>lit</mark> &lt;at&gt; dusk." in card


def test_what_is_too_unsure_to_be_an_answer_comes_first_with_how_likely_it_is(
    page: Client, answered: Callable[..., Answer]
):
    answer = answered(num_citations=0)
    passage = {"document": "d", "version": 1, "title": "Guide", "url": "/d", "page": None, "edited": False}
    held, other = (
        {**passage, "start": 0, "end": 60, "text": "held"},
        {**passage, "start": 60, "end": 90, "text": "other"},
    )
    first = CitationView(
        number=1, document="d", version=1, title="Guide", page=4, start=7, end=31, quote="The lamp is lit <at> dusk.",
        url="/documents/d?quote", answer_start=23, answer_end=32,
    )  # fmt: skip
    Answer.objects.filter(pk=answer.pk).update(
        abstained=True, text="", confidence=0.31, passages=[held, other], trace={"tentative": asdict(first)}
    )

    card = unescape(page.get(f"/answers/{answer.pk}/card").content.decode())

    assert "<strong>No sure answer in your documents</strong>" in card
    assert "right with a probability of 31 %" in card.replace("\xa0", " ")
    assert '<a class="source" href="/documents/d?quote">' in card
    assert "The lamp is lit <mark><at> dusk</mark>." in card
    assert ["held" in card, "other" in card] == [False, True]


def test_what_came_near_in_a_document_deleted_since_says_so_and_leads_nowhere(
    page: Client, keeper, answered: Callable[..., Answer], ready
):
    answer, kept, deleted = answered(num_citations=0), ready().document, ready().document
    near = [
        {"document": str(row.pk), "version": 1, "title": f"The {name}", "url": f"/documents/{row.pk}?start=0"}
        | {"page": None, "start": 0, "end": 9, "text": "Some text.", "edited": False}
        for name, row in (("kept", kept), ("deleted", deleted))
    ]
    first = CitationView(
        number=1, document=str(deleted.pk), version=1, title="The deleted", page=4, start=20, end=25, quote="Text.",
        url=f"/documents/{deleted.pk}#quote",
    )  # fmt: skip
    trace = {**answer.trace, "tentative": asdict(first), "candidates": [{"title": row["title"]} for row in near]}
    Answer.objects.filter(pk=answer.pk).update(abstained=True, text="", confidence=0.31, passages=near, trace=trace)
    addresses = [f"/c/{answer.conversation_id}", f"/answers/{answer.pk}/card", f"/answers/{answer.pk}"]
    before = [page.get(address).content.decode() for address in addresses]

    document_delete(document=deleted, by=keeper)
    after = [page.get(address).content.decode() for address in addresses]

    link, other = f'href="/documents/{deleted.pk}', f'href="/documents/{kept.pk}'
    assert [(link in html, "deleted since" in html) for html in before] == [(True, False)] * 3
    assert [(link in html, "deleted since" in html) for html in after] == [(False, True)] * 3
    assert all(other in html for html in after)


@pytest.mark.parametrize(
    ("trace", "said"),
    [
        (
            {"standalone": "And how much? (the lamp; buys it)", "after": "Who buys it?"},
            "Together with your last question: Who buys it?",
        ),
        ({"standalone": "How much is the lamp?", "after": "How much is it?"}, "Understood as: How much is the lamp?"),
        ({"standalone": "And how much? (buys it)"}, "Understood as: And how much? (buys it)"),  # as kept before
    ],
)
def test_a_follow_up_says_what_it_was_searched_with(page: Client, answered: Callable[..., Answer], trace, said):
    answer = answered(question="And how much?")
    Answer.objects.filter(pk=answer.pk).update(trace=trace)

    card = unescape(page.get(f"/answers/{answer.pk}/card").content.decode())

    assert f'<p class="hint">{said}</p>' in card
