"""An answer that came out wrong is put right: in an editor's words, on sentences taken from its sources."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from kbqa.answers.curated import Place, curated_write
from kbqa.answers.models import Answer, CuratedAnswer
from kbqa.answers.services import feedback_give
from kbqa.documents.models import Role, Version
from kbqa.quality.models import TestCase
from kbqa.quality.sets import set_create
from tests import factories

from .conftest import QUOTE, TEXT

pytestmark = pytest.mark.django_db

QUESTION = "When is the lamp lit?"


@pytest.fixture
def found(keeper, shelf, ready: Callable[..., Version]) -> Answer:
    """An abstention of the keeper's, which had a passage of the shelf and one of a foreign collection at hand."""
    mine, foreign = ready(), factories.version()
    passages = [
        {"document": str(v.document_id), "version": 1, "title": v.document.name, "page": None, "start": 0, "end": 71}
        | {"text": TEXT[:71], "url": "", "heading_path": [], "scores": {}}
        for v in (mine, foreign)
    ]
    return Answer.objects.create(
        asker=keeper,
        question=QUESTION,
        collections=[str(shelf.pk)],
        state=Answer.State.DONE,
        abstained=True,
        passages=passages,
    )


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def quotes_offered(page: Client, address: str) -> dict[str, str]:
    """Sentence → what ticking it sends."""
    html = page.get(address).content.decode()
    return {text: value for value, text in re.findall(r'name="quotes" value="([^"]+)"[^>]*> <span>([^<]+)', html)}


def test_sentences_of_editable_sources_are_offered_and_the_ticked_one_is_quoted(page, shelf, found):
    offered = quotes_offered(page, f"/answers/{found.pk}/curate")

    page.post(
        f"/answers/{found.pk}/curate", {"text": "At dusk.", "collection": str(shelf.pk), "quotes": [offered[QUOTE]]}
    )

    curated = CuratedAnswer.objects.get()
    assert (curated.question, curated.text, curated.collection) == (QUESTION, "At dusk.", shelf)
    assert [c.quote for c in curated.citations.all()] == [QUOTE]
    assert all(str(found.passages[0]["document"]) in value for value in offered.values())


def test_who_looks_into_a_complaint_may_write_the_answer_and_nobody_else(keeper, shelf, found):
    editor, viewer = factories.member(shelf, Role.EDITOR), factories.member(shelf, Role.VIEWER)
    Answer.objects.filter(pk=found.pk).update(passages=found.passages[:1])
    address = f"/answers/{found.pk}/curate"
    before = signed_in(editor).get(address).status_code

    feedback_give(answer=found, user=keeper, rating=-1)

    assert (before, signed_in(editor).get(address).status_code) == (404, 200)
    assert signed_in(viewer).get(address).status_code == 404
    assert address in signed_in(editor).get("/inbox").content.decode()


def test_the_collection_that_the_answer_came_from_is_offered_first(page, keeper, shelf, found):
    earlier = factories.collection(owner=keeper, name="A name before Shelf")
    Answer.objects.filter(pk=found.pk).update(collections=[str(earlier.pk), str(shelf.pk)])
    of_shelf = set_create(collection=shelf, name="Lamps", by=keeper)

    html = page.get(f"/answers/{found.pk}/curate").content.decode()

    assert re.findall(r'<option value="([^"]+)">', html) == [
        str(shelf.pk),
        str(earlier.pk),
        f"set:{of_shelf.pk}",
        f"collection:{earlier.pk}",
    ]


def test_a_curated_answer_is_changed_and_keeps_only_the_quotes_left_ticked(page, keeper, shelf, ready):
    version = ready()
    places = [Place(str(version.document_id), 1, *span) for span in ((0, 14), (16, 40))]
    curated = curated_write(collection=shelf, question=QUESTION, text="At noon.", places=places, by=keeper)
    offered = quotes_offered(page, f"/curated/{curated.pk}")

    page.post(f"/curated/{curated.pk}", {"text": "At dusk.", "quotes": [offered[QUOTE]]})

    curated.refresh_from_db()
    assert curated.text == "At dusk."
    assert [c.quote for c in curated.citations.all()] == [QUOTE]


def test_one_is_written_found_and_deleted_on_its_page(page, shelf):
    page.post("/curated", {"question": QUESTION, "text": "At dusk.", "collection": str(shelf.pk)})
    listed = page.get("/curated?q=dusk").content.decode()
    curated = CuratedAnswer.objects.get()

    page.post(f"/curated/{curated.pk}/delete")

    assert QUESTION in listed
    assert "Curated by keeper on" in listed
    assert not CuratedAnswer.objects.exists()


@pytest.mark.parametrize("quote", ["", "x", "a:1:2", "{document}:1:0:99999", "{document}:1:5:5", "{document}:9:0:5"])
def test_a_place_that_is_none_is_refused(page, shelf, ready, quote):
    form = {"question": "Q?", "text": "A.", "collection": str(shelf.pk)}

    response = page.post("/curated", {**form, "quotes": quote.format(document=ready().document_id)})

    assert response.status_code in (404, 422)
    assert not CuratedAnswer.objects.exists()


def test_the_card_says_whose_words_they_are(page, keeper, shelf):
    Answer.objects.create(
        asker=keeper,
        question=QUESTION,
        state=Answer.State.DONE,
        text="At dusk.",
        trace={"curated": {"id": "1", "collection": "2", "by": "Ada Keeper", "at": "2026-11-24T11:00:00+00:00"}},
    )

    card = page.get(f"/answers/{Answer.objects.get().pk}/card").content.decode()

    assert "Curated by Ada Keeper on 24 November 2026" in card


def test_the_question_is_kept_as_a_case_with_the_passage_it_should_find(page, shelf, found):
    html = page.get(f"/answers/{found.pk}/curate").content.decode()
    (passage,) = re.findall(r'name="passage" value="([^"]+)"', html)
    form = {"answers": "at dusk\n", "passage": passage, "home": f"collection:{shelf.pk}"}

    page.post(f"/answers/{found.pk}/case", form)

    case = TestCase.objects.get()
    assert (case.question, case.answers, case.passage) == (QUESTION, ["at dusk"], TEXT[:71].strip())
    assert page.post(f"/answers/{found.pk}/case", {**form, "passage": "x:1:2:3"}).status_code == 404
    assert page.post(f"/answers/{found.pk}/case", {**form, "home": "set:x"}).status_code == 404
