"""Collections by the page: uploads one by one, acts upon many, members, and deletion that asks first."""

import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kbqa.accounts.models import User
from kbqa.documents.models import Collection, Document, Grant, Role, Version
from tests import factories

pytestmark = pytest.mark.django_db


def test_files_are_taken_or_refused_each_on_its_own(page, shelf):
    files = [SimpleUploadedFile("good.txt", b"Some text."), SimpleUploadedFile("empty.txt", b"")]

    response = page.post(f"/collections/{shelf.pk}/upload", {"files": files}, follow=True)

    assert [document.name for document in Document.objects.all()] == ["good.txt"]
    assert "empty.txt: The file is empty." in response.content.decode()


def test_the_script_hears_each_files_fate(page, shelf):
    address, as_script = f"/collections/{shelf.pk}/upload", {"X-Upload": "1"}

    taken = page.post(address, {"files": SimpleUploadedFile("a.txt", b"Some text.")}, headers=as_script)
    again = page.post(address, {"files": SimpleUploadedFile("b.txt", b"Some text.")}, headers=as_script)
    refused = page.post(address, {"files": SimpleUploadedFile("c.txt", b"")}, headers=as_script)

    assert [(r.status_code, r.content.decode().strip()) for r in (taken, again, refused)] == [
        (200, "uploaded"),
        (200, "here already"),
        (422, "The file is empty."),
    ]


def test_a_viewer_is_offered_nothing_that_changes(client, shelf):
    factories.version(inside=shelf)
    client.force_login(factories.member(shelf, Role.VIEWER))

    html = client.get(f"/collections/{shelf.pk}").content.decode()

    assert 'id="drop"' not in html
    assert "formaction" not in html
    assert "/settings" not in html


def test_rows_in_work_are_asked_after_until_they_are_read(page, shelf):
    working = factories.version(inside=shelf)
    address = f"/collections/{shelf.pk}/progress?documents={working.document_id}&documents=nonsense"

    before = page.get(address).content.decode()
    Version.objects.filter(pk=working.pk).update(state=Version.State.READY)
    after = page.get(address).content.decode()

    assert f'hx-get="{address.split("&")[0]}"' in before
    assert re.search(r'<template>\s*<tr id="document-[\w-]+" hx-swap-oob="true">', after)
    assert "hx-get" not in after


def test_how_many_documents_are_in_each_state_is_said_and_leads_there(page, shelf):
    for state in (Version.State.READY, Version.State.READY, Version.State.FAILED, Version.State.PENDING):
        factories.version(inside=shelf, state=state)
    off = factories.version(inside=shelf, state=Version.State.READY).document
    Document.objects.filter(pk=off.pk).update(enabled=False)

    html = page.get(f"/collections/{shelf.pk}").content.decode()

    assert re.findall(
        r'<a href="\?q=(?:&amp;state=(\w+))?".*?>([\w ]+) <span class="count">(\d+)</span></a>', html
    ) == [
        ("", "All", "5"),
        ("pending", "In work", "1"),
        ("ready", "Ready", "2"),
        ("failed", "Failed", "1"),
        ("disabled", "Switched off", "1"),
    ]
    assert "4 of 5 read" in html


def test_a_page_on_which_all_is_read_still_follows_what_is_read_elsewhere(page, shelf):
    ready = factories.version(inside=shelf, state=Version.State.READY)
    working = factories.version(inside=shelf)
    address = f"/collections/{shelf.pk}/progress?q=&amp;state=ready"

    listed = page.get(f"/collections/{shelf.pk}?state=ready").content.decode()
    before = page.get(unescape(address)).content.decode()
    Version.objects.filter(pk=working.pk).update(state=Version.State.READY)
    after = page.get(unescape(address)).content.decode()

    assert str(ready.document_id) in listed
    assert f'hx-get="{address}" hx-trigger="load delay:3s"' in listed
    assert [text in before for text in (f'hx-get="{address}"', "1 of 2 read")] == [True, True]
    assert [text in after for text in ("hx-get", "of 2 read", '<span class="count">2</span>')] == [False, False, True]


def test_ticked_documents_are_read_again_together(page, shelf):
    versions = [factories.version(inside=shelf, state=Version.State.READY) for _ in range(3)]

    page.post(
        f"/collections/{shelf.pk}/documents", {"act": "retry", "documents": [v.document_id for v in versions[:2]]}
    )

    assert Version.objects.filter(state=Version.State.PENDING).count() == 2


def test_documents_of_another_collection_cannot_be_ticked(page, shelf):
    foreign = factories.version(state=Version.State.READY)

    page.post(
        f"/collections/{shelf.pk}/documents", {"act": "delete", "sure": "yes", "documents": [foreign.document_id]}
    )

    assert Document.objects.filter(pk=foreign.document_id).exists()


def test_who_is_asked_before_deleting_may_switch_off_instead(page, shelf):
    document = factories.version(inside=shelf, state=Version.State.READY).document
    shown = page.post(f"/documents/{document.pk}/delete").content.decode()

    assert f'action="/collections/{shelf.pk}/documents"' in shown
    assert 'value="disable"' in shown
    page.post(f"/collections/{shelf.pk}/documents", {"act": "disable", "documents": [document.pk]})

    document.refresh_from_db()
    assert not document.enabled


def test_deleting_asks_once(page, shelf):
    version = factories.version(inside=shelf, state=Version.State.READY)
    address = f"/documents/{version.document_id}/delete"

    asked = page.post(address)
    assert Document.objects.exists()
    page.post(address, {"sure": "yes"})

    assert version.document.name in asked.content.decode()
    assert not Document.objects.exists()


def test_a_refused_act_upon_one_is_said_and_does_not_stop_the_others(page, shelf):
    over, working = factories.version(inside=shelf, state=Version.State.READY), factories.version(inside=shelf)
    over.job.delete()

    response = page.post(
        f"/collections/{shelf.pk}/documents",
        {"act": "cancel", "documents": [over.document_id, working.document_id]},
        follow=True,
    )

    assert "There is nothing to cancel" in response.content.decode()
    assert Version.objects.get(pk=working.pk).state == Version.State.CANCELLED


def test_members_are_added_changed_and_removed_and_it_is_said(page, shelf):
    mei, address = factories.user(username="mei"), f"/collections/{shelf.pk}/members"

    page.post(address, {"name": "mei", "role": "viewer"})
    changed = page.post(address, {"name": " mei ", "role": "editor"}, follow=True).content.decode()
    grant = Grant.objects.get(user=mei)
    removed = page.post(address, {"remove": grant.pk}, follow=True).content.decode()

    assert grant.role == Role.EDITOR
    assert ["mei: Editor from now on." in changed, "Removed." in removed] == [True, True]
    assert not Grant.objects.filter(user=mei).exists()


def test_who_else_there_is_administrators_alone_are_offered(page, client, shelf):
    factories.user(username="mei")
    address, offered = f"/collections/{shelf.pk}/settings", '<option value="mei">'
    as_owner = page.get(address).content.decode()

    client.force_login(factories.user(username="root", is_staff=True, is_superuser=True))
    Grant.objects.create(collection=shelf, user=User.objects.get(username="root"), role=Role.OWNER)

    assert [offered in as_owner, offered in client.get(address).content.decode()] == [False, True]


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"name": "nobody", "role": "viewer"}, "There is no person or team of that name."),
        ({"name": "keeper", "role": "viewer"}, "A collection keeps at least one owner."),
        ({"name": "keeper", "role": "king"}, "There is no such role."),
        ({"remove": "first"}, "A collection keeps at least one owner."),
    ],
)
def test_what_cannot_be_done_with_members_is_said_on_their_page(page, shelf, form, sentence):
    if "remove" in form:
        form = {"remove": Grant.objects.get().pk}

    response = page.post(f"/collections/{shelf.pk}/members", form, follow=True)

    assert response.redirect_chain == [(f"/collections/{shelf.pk}/settings#members", 302)]
    assert sentence in response.content.decode()
    assert Grant.objects.get().role == Role.OWNER


def test_only_an_owner_beside_others_can_be_removed_and_leaves_the_page(page, keeper, shelf):
    settings, remove = f"/collections/{shelf.pk}/settings", 'name="remove"'
    alone = page.get(settings).content.decode()
    factories.member(shelf, Role.OWNER)
    together = page.get(settings).content.decode()

    left = page.post(f"/collections/{shelf.pk}/members", {"remove": Grant.objects.get(user=keeper).pk})

    assert (alone.count(remove), alone.count("the only owner"), together.count(remove)) == (0, 1, 2)
    assert left.url == "/collections"


def test_a_name_that_one_has_given_already_is_refused_where_it_was_typed(page, keeper, shelf):
    other = factories.collection(owner=keeper, name="Other")

    created = page.post("/collections", {"name": "shelf"})
    renamed = page.post(f"/collections/{other.pk}/settings", {"name": "Shelf", "description": "Both."})

    assert (created.status_code, renamed.status_code) == (422, 422)
    assert "You own a collection named “shelf” already." in created.content.decode()
    html = renamed.content.decode()
    assert [said in html for said in ("“Shelf” already.", 'value="Shelf"', ">Both.</textarea>")] == [True] * 3
    assert set(Collection.objects.values_list("name", flat=True)) == {"Shelf", "Other"}


def test_a_collection_is_deleted_by_its_name_alone(page, shelf):
    page.post(f"/collections/{shelf.pk}/delete", {"name": "not it"})
    assert Collection.objects.exists()

    page.post(f"/collections/{shelf.pk}/delete", {"name": "Shelf"})

    assert not Collection.objects.exists()


def test_ticked_documents_are_switched_off_and_found_by_that_state(page, shelf):
    versions = [factories.version(inside=shelf, state=Version.State.READY) for _ in range(3)]
    address = f"/collections/{shelf.pk}/documents"

    page.post(address, {"act": "disable", "documents": [v.document_id for v in versions[:2]]})

    off, ready = (page.get(f"/collections/{shelf.pk}?state={state}").context["page"] for state in ("disabled", "ready"))
    assert {document.pk for document in off} == {v.document_id for v in versions[:2]}
    assert [document.pk for document in ready] == [versions[2].document_id]


@pytest.mark.parametrize(
    ("form", "kept"),
    [
        ({"level": "", "percent": "55"}, None),
        ({"level": "70", "percent": ""}, 0.7),
        ({"level": "own", "percent": "55"}, 0.55),
        ({"level": "own", "percent": ""}, None),
    ],
)
def test_how_a_collection_is_asked_is_set_and_shown(page, shelf, form, kept):
    address = f"/collections/{shelf.pk}/settings"

    page.post(address, {"glossary": "PTO = leave", "chunk_size": "small", **form})

    shelf.refresh_from_db()
    assert (shelf.name, shelf.glossary, shelf.chunk_size) == ("Shelf", "PTO = leave", "small")
    assert shelf.abstain_below == kept
    html = page.get(address).content.decode()
    checked = "own" if kept == 0.55 else "" if kept is None else "70"
    assert f'name="level" value="{checked}" checked' in html
    assert 'name="chunk_size" value="small" checked' in html


def test_a_glossary_that_is_none_is_said_with_its_line(page, shelf):
    address = f"/collections/{shelf.pk}/settings"

    glossary = page.post(address, {"glossary": "a = b\nlonely"})
    percent = page.post(address, {"glossary": "", "level": "own", "percent": "x"})

    assert (glossary.status_code, percent.status_code) == (422, 422)
    assert "Line 2 must join" in glossary.content.decode()
    assert "a = b\nlonely</textarea>" in glossary.content.decode()  # nothing has to be typed twice


def test_all_documents_are_read_again_at_once(page, shelf):
    for _ in range(3):
        factories.version(inside=shelf, state=Version.State.READY)

    response = page.post(f"/collections/{shelf.pk}/reread", follow=True)

    assert "3 documents are queued" in response.content.decode()
    assert Version.objects.filter(state=Version.State.PENDING).count() == 3


def test_a_documents_toggle_shows_the_state_it_is_in(page, shelf):
    on, off = (factories.version(inside=shelf, state=Version.State.READY).document_id for _ in range(2))
    page.post(f"/collections/{shelf.pk}/documents", {"act": "disable", "documents": [off]})

    html = page.get(f"/collections/{shelf.pk}").content.decode()

    toggles = re.findall(r'formaction="/documents/([0-9a-f-]+)/(?:en|dis)able".*?icons[^#]*#(\w+)"', html)
    assert dict(toggles) == {str(on): "on", str(off): "off"}
