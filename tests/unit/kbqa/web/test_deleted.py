"""Undo beside the message, and the page of what can come back."""

import pytest
from pytest_django import Settings

from kbqa.answers.deleting import conversation_delete
from kbqa.answers.models import Conversation
from kbqa.documents.deleting import document_delete
from kbqa.documents.models import Document, Version
from tests import factories

pytestmark = pytest.mark.django_db


def undo_of(answered) -> str:
    """The ids that the Undo of the only message sends."""
    (message,) = answered.context["messages"]
    return message.extra_tags


def test_several_deleted_at_once_are_undone_at_once(page, shelf):
    documents = [factories.version(inside=shelf).document for _ in range(3)]
    ticked = {"act": "delete", "sure": "yes", "documents": [document.pk for document in documents]}

    deleted = page.post(f"/collections/{shelf.pk}/documents", ticked, follow=True)
    assert not Document.objects.exists()
    undone = page.post("/deleted", {"act": "undo", "deleted": undo_of(deleted)}, follow=True)

    assert "3 documents were restored." in undone.content.decode()
    assert undone.redirect_chain == [(f"/collections/{shelf.pk}", 302)]
    assert Document.objects.count() == 3


def test_a_conversation_is_undone_into_the_history(page, keeper):
    talk = Conversation.objects.create(owner=keeper, title="Oaks")

    deleted = page.post(f"/history/{talk.pk}/delete", follow=True)
    undone = page.post("/deleted", {"act": "undo", "deleted": undo_of(deleted)})

    assert (undone.url, Conversation.objects.get()) == ("/history", talk)


def test_what_stands_in_the_way_is_named(page, keeper, shelf):
    first = factories.version(inside=shelf).document
    document_delete(document=first, by=keeper)
    second = factories.version(inside=shelf).document
    Document.objects.filter(pk=second.pk).update(name=first.name)

    refused = page.post("/deleted", {"act": "restore", "deleted": str(first.pk)}, follow=True)

    assert f"A document named {first.name} is here again" in refused.content.decode()
    assert not Document.objects.filter(pk=first.pk).exists()


def test_one_document_is_asked_about_in_the_singular_and_two_in_the_plural(page, shelf):
    documents = [factories.version(inside=shelf).document.pk for _ in range(2)]

    one = page.post(f"/documents/{documents[0]}/delete").content.decode()
    two = page.post(f"/collections/{shelf.pk}/documents", {"act": "delete", "documents": documents}).content.decode()

    assert all(said in one for said in ("this document?", "no question finds it.", "It can be restored"))
    assert all(said in two for said in ("these 2 documents?", "no question finds them.", "They can be restored"))


def test_a_document_that_was_never_read_is_not_offered_to_be_switched_off(page, shelf):
    broken = factories.version(inside=shelf, state=Version.State.FAILED).document

    asked = page.post(f"/documents/{broken.pk}/delete").content.decode()

    assert "Switch off instead" not in asked


def test_nothing_is_offered_to_undo_where_deleting_is_for_good(page, shelf, settings: Settings):
    settings.BIN_DAYS = 0
    document = factories.version(inside=shelf).document

    asked = page.post(f"/documents/{document.pk}/delete")
    deleted = page.post(f"/documents/{document.pk}/delete", {"sure": "yes"}, follow=True)

    assert "This cannot be undone." in asked.content.decode()
    assert undo_of(deleted) == ""
    assert not Document.with_deleted.exists()


def test_the_next_page_is_of_the_same_kind(page, keeper, shelf):
    for _ in range(26):
        conversation_delete(conversation=Conversation.objects.create(owner=keeper, title="Oaks"), by=keeper)
    document_delete(document=factories.version(inside=shelf).document, by=keeper)

    first = page.get("/deleted?kind=conversation").content.decode()
    second = page.get("/deleted?kind=conversation&page=2")

    assert "?page=2&amp;q=&amp;state=&amp;kind=conversation" in first
    assert [row.kind for row in second.context["page"]] == ["conversation"]
