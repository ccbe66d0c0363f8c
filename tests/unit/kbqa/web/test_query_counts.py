"""No page asks the database more often because there is more to show."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kbqa.accounts.services import key_issue
from kbqa.answers.models import Answer
from kbqa.documents.history import event_note
from kbqa.documents.models import DocumentEvent, Role, Version
from kbqa.web.hits import hit_url
from tests import factories

pytestmark = pytest.mark.django_db

MOST = 20
Rows = Callable[[], None]


def num_queries(page: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        response = page.get(address)
    assert response.status_code == 200, address
    return len(asked)


def assert_count_does_not_grow(page: Client, address: str, more: Rows) -> None:
    page.get(address)  # what is read once a process is read now
    few = num_queries(page, address)

    for _ in range(5):
        more()

    assert num_queries(page, address) <= few <= MOST, address


def test_collections(page: Client, keeper, shelf):
    assert_count_does_not_grow(
        page, "/collections", lambda: factories.version(inside=factories.collection(owner=keeper))
    )


def test_asking_with_many_collections(page: Client, keeper, shelf):
    assert_count_does_not_grow(page, "/", lambda: factories.version(inside=factories.collection(owner=keeper)))


def test_a_conversation_with_many_turns(page: Client, answered: Callable[..., Answer]):
    conversation = answered().conversation
    assert_count_does_not_grow(page, f"/c/{conversation.pk}", lambda: answered(conversation=conversation))


def test_an_answers_trace(page: Client, answered: Callable[..., Answer]):
    answer = answered(num_citations=6)
    assert num_queries(page, f"/answers/{answer.pk}") <= MOST


def test_a_collections_documents(page: Client, shelf):
    factories.version(inside=shelf)
    assert_count_does_not_grow(page, f"/collections/{shelf.pk}", lambda: factories.version(inside=shelf))


def test_the_progress_of_many_documents(page: Client, shelf):
    versions = [factories.version(inside=shelf) for _ in range(6)]
    one, all_of_them = [
        f"/collections/{shelf.pk}/progress?" + "&".join(f"documents={v.document_id}" for v in asked)
        for asked in (versions[:1], versions)
    ]
    num_queries(page, one)
    assert num_queries(page, all_of_them) == num_queries(page, one) <= MOST


def test_a_collections_members(page: Client, shelf):
    assert_count_does_not_grow(page, f"/collections/{shelf.pk}/settings", lambda: factories.member(shelf, Role.VIEWER))


def test_a_document_of_many_versions_opened_from_an_answer(page: Client, answered: Callable[..., Answer]):
    citation = answered(num_citations=6).citations.select_related("version").first()

    def another_version() -> None:
        version = citation.document.versions.create(
            number=citation.document.versions.count() + 1, digest="0" * 64, size_bytes=1, state=Version.State.FAILED
        )
        assert version.pk

    assert_count_does_not_grow(page, hit_url(citation).split("#")[0], another_version)


def test_history(page: Client, answered: Callable[..., Answer]):
    answered()
    assert_count_does_not_grow(page, "/history?q=lamp", lambda: answered(num_citations=1))


def test_keys(page: Client, keeper):
    assert_count_does_not_grow(page, "/keys", lambda: key_issue(owner=keeper, name="more"))


def test_a_documents_history(page: Client, ready: Callable[..., Version]):
    document = ready().document

    def more() -> None:
        event_note(DocumentEvent.Kind.UPLOADED, document.pk, by=factories.user())

    more()
    assert_count_does_not_grow(page, f"/documents/{document.pk}/history", more)
