"""The viewer: opened at the quote, one source among those of its answer; hostile addresses open the document alone."""

import pytest

from kbqa.documents.models import CanonicalText, Document, Version
from kbqa.web.hits import hit_url
from tests import factories

pytestmark = pytest.mark.django_db


def test_the_quote_is_marked_and_the_answers_words_inside_it(page, answered):
    citation = answered().citations.select_related("version").first()

    html = page.get(hit_url(citation).split("#")[0]).content.decode()

    assert '<mark class="quote" id="quote">The lamp is lit </mark><mark class="answer">at dusk</mark>' in html
    assert "<h2>Keeper&#x27;s guide</h2>" in html


def test_sources_of_one_answer_lead_to_each_other_and_back(page, answered):
    answer = answered(num_citations=3)
    second = answer.citations.select_related("version").get(number=2)

    hit = page.get(hit_url(second).split("#")[0]).context["hit"]

    assert (hit.number, hit.total) == (2, 3)
    assert "source=1" in hit.previous
    assert "source=3" in hit.following
    assert hit.back == f"/c/{answer.conversation_id}#turn-{answer.pk}"


def test_a_deleted_source_is_no_link(page, answered):
    answer = answered()
    first = answer.citations.get(number=1)
    Document.objects.filter(pk=first.document_id).delete()

    html = page.get(f"/c/{answer.conversation_id}").content.decode()

    assert "deleted since" in html
    assert hit_url(answer.citations.get(number=1)) == ""


@pytest.mark.parametrize(
    "place",
    [
        "start=9&end=3",
        "start=0&end=999999999",
        "start=-1&end=5",
        "start=٣&end=٥",
        "page=999999999",
        "at=77777777",
        "answer=x",
    ],
)
def test_an_address_that_makes_no_sense_opens_the_document(page, ready, place):
    version = ready()

    response = page.get(f"/documents/{version.document_id}?{place}")

    assert response.status_code == 200
    assert "<mark" not in response.content.decode()


def test_another_persons_answer_is_not_told(page, client, answered, shelf):
    answer = answered()
    citation = answer.citations.select_related("version").first()
    client.force_login(factories.member(shelf))

    response = client.get(hit_url(citation).split("#")[0])

    assert response.status_code == 200
    assert response.context["hit"] is None


def test_a_document_that_failed_says_why_and_what_to_do(page, shelf):
    version = factories.version(inside=shelf, state=Version.State.FAILED, error="The file is damaged.", error_code="x")

    html = page.get(f"/documents/{version.document_id}").content.decode()

    assert "The file is damaged." in html
    assert "Read it again" in html


def test_text_is_never_markup(page, shelf):
    version = factories.version(inside=shelf, state=Version.State.READY)

    CanonicalText.objects.create(version=version, text="<script>alert(1)</script>\n<img src=x onerror=alert(1)>")

    html = page.get(f"/documents/{version.document_id}?start=0&end=8").content.decode()

    assert "<script>alert" not in html
    assert "<img src=x" not in html


def test_a_document_is_switched_off_and_on_and_named_on_its_own_page(page, ready):
    address = f"/documents/{ready().document_id}"

    for act, fields in (("disable", {}), ("rename", {"title": "The keeper's book"})):
        assert page.post(f"{address}/{act}", fields | {"back": "yes"})["Location"] == address
    off = page.get(address).content.decode()
    page.post(f"{address}/enable", {"back": "yes"})

    assert "switched off: no question finds it" in off
    assert "<h1>The keeper&#x27;s book</h1>" in off
    history = page.get(f"{address}/history").content.decode()
    assert all(said in history for said in ("Switched off", "Title changed", "Switched on"))


def test_what_an_editor_may_do_stands_in_the_head_of_each_of_its_pages(page, client, ready, shelf):
    address = f"/documents/{ready().document_id}"
    acts = [f'action="{address}/{act}"' for act in ("rename", "disable", "retry", "delete")]

    for tab in ("", "/passages", "/history"):
        head = page.get(f"{address}{tab}").content.decode().partition('<nav class="tabs"')[0]
        assert all(act in head for act in acts)
    client.force_login(factories.member(shelf))

    assert "document-acts" not in client.get(address).content.decode()


def test_what_reading_found_is_told(page, ready):
    version = ready(num_tables=2)
    pages = [[1, 0, 8], [2, 8, 12], [3, 12, 18]]
    CanonicalText.objects.filter(version=version).update(text="First.\n\n  \n\nThird.", pages=pages)

    html = page.get(f"/documents/{version.document_id}").content.decode()

    for name, number in (("Pages", 3), ("Pages without text", 1), ("Tables", 2)):
        assert f"<dt>{name}</dt><dd>{number}</dd>" in html
