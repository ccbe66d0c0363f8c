"""Passages by the page: found, edited, restored and switched off by editors, told apart wherever they are quoted."""

import pytest

from kbqa.documents.models import Passage, Role
from tests import factories
from tests.fakes import FakeEngine

from .conftest import QUOTE, TEXT

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fake_engine(monkeypatch) -> None:
    engine = FakeEngine()
    for module in ("indexing", "passages"):
        monkeypatch.setattr(f"kbqa.documents.{module}.get_engine", lambda: engine)


def test_a_passage_is_edited_and_restored_on_its_documents_page(page, ready):
    passage = ready().passages.get()
    address = f"/documents/{passage.version.document_id}/passages"

    edited = page.post(f"/passages/{passage.pk}/edit", {"text": "The lamp is lit at noon."}, follow=True)
    quoted = page.get(f"/documents/{passage.version.document_id}?start=16&end=30").content.decode()
    restored = page.post(f"/passages/{passage.pk}/restore")

    html = edited.content.decode()
    assert edited.redirect_chain[0][0] == f"{address}?page=1#passage-{passage.pk}"
    assert "The lamp is lit at noon." in html
    assert "Edited by keeper" in html
    assert "searched and read in other words" in quoted
    assert restored.status_code == 302
    assert "Edited by" not in page.get(address).content.decode()


def test_passages_are_narrowed_by_words_and_by_what_was_done_to_them(page, ready):
    version = ready()
    factories.passage(of=version, text="A foghorn.", position=1)
    page.post(f"/passages/{Passage.objects.get(position=1).pk}/disable")
    address = f"/documents/{version.document_id}/passages"

    def shown(query: str) -> list[int]:
        return [passage.position for passage in page.get(f"{address}?{query}").context["page"]]

    assert (shown(""), shown("q=foghorn"), shown("state=disabled"), shown("state=edited")) == ([0, 1], [1], [1], [])


def test_a_viewer_reads_passages_and_is_offered_no_change(client, shelf, ready):
    passage = ready().passages.get()
    client.force_login(factories.member(shelf, Role.VIEWER))

    html = client.get(f"/documents/{passage.version.document_id}/passages").content.decode()

    assert QUOTE in html
    assert "formaction" not in html
    assert client.post(f"/passages/{passage.pk}/disable").status_code == 403
    assert Passage.objects.get(pk=passage.pk).enabled


def test_words_of_an_editor_are_marked_where_an_answer_quotes_them(page, answered):
    answer = answered(num_citations=1)
    answer.citations.update(edited=True)

    html = page.get(f"/c/{answer.conversation_id}").content.decode()

    assert "An editor wrote these words" in html


def test_words_of_a_passage_are_never_markup(page, ready):
    passage = ready().passages.get()

    page.post(f"/passages/{passage.pk}/edit", {"text": "</textarea><script>alert(1)</script>"})

    for address in (
        f"/documents/{passage.version.document_id}/passages",
        f"/documents/{passage.version.document_id}?start=0&end={len(TEXT)}",
    ):
        assert "<script>alert" not in page.get(address).content.decode()
