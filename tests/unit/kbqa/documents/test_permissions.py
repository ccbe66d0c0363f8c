"""One rule decides who sees a collection; what is not visible does not exist."""

import pytest
from django.contrib.auth.models import AnonymousUser

from kbqa.accounts.services import member_remove, team_create
from kbqa.documents.models import Grant, Role
from kbqa.documents.permissions import collection_get, document_get, role_of, visible_collections
from kbqa.documents.services import grant_give, grant_remove
from kbqa.errors import Conflict, NotFound, PermissionRefused
from tests import factories

pytestmark = pytest.mark.django_db


def test_strangers_anonymous_and_suspended_people_see_nothing():
    collection = factories.collection()
    suspended = factories.member(collection, Role.OWNER)
    suspended.is_active = False

    for person in (factories.user(), AnonymousUser(), suspended):
        assert not visible_collections(person).exists()


@pytest.mark.parametrize(
    ("role", "needed", "allowed"),
    [
        (Role.VIEWER, Role.VIEWER, True),
        (Role.VIEWER, Role.EDITOR, False),
        (Role.EDITOR, Role.EDITOR, True),
        (Role.EDITOR, Role.OWNER, False),
        (Role.OWNER, Role.OWNER, True),
    ],
)
def test_a_role_includes_the_ones_below_it(role: Role, needed: Role, allowed: bool):
    collection = factories.collection()
    person = factories.member(collection, role)

    if allowed:
        assert collection_get(collection.pk, user=person, at_least=needed) == collection
    else:
        with pytest.raises(PermissionRefused):
            collection_get(collection.pk, user=person, at_least=needed)


def test_a_team_brings_its_members_in_and_out():
    collection, person = factories.collection(), factories.user()
    team = team_create(name="readers", members=[person])
    grant_give(collection=collection, to=team, role=Role.VIEWER)

    assert collection_get(collection.pk, user=person) == collection
    member_remove(team=team, user=person)
    with pytest.raises(NotFound):
        collection_get(collection.pk, user=person)


def test_a_collection_keeps_its_last_owner_and_only_that_one():
    collection = factories.collection()
    first, second = collection.created_by, factories.member(collection, Role.OWNER)
    theirs = Grant.objects.get(collection=collection, user=second)

    grant_give(collection=collection, to=first, role=Role.EDITOR)
    with pytest.raises(Conflict):
        grant_give(collection=collection, to=second, role=Role.VIEWER)
    with pytest.raises(Conflict):
        grant_remove(collection=collection, grant_id=str(theirs.pk))

    grant_give(collection=collection, to=first, role=Role.OWNER)
    grant_remove(collection=collection, grant_id=str(theirs.pk))
    assert role_of(first, collection) == Role.OWNER


@pytest.mark.parametrize("grant_id", ["0", "x", "", "²", "9" * 30, "9" * 5000])
def test_what_is_no_members_id_is_nobodys(grant_id: str):
    with pytest.raises(NotFound):
        grant_remove(collection=factories.collection(), grant_id=grant_id)


@pytest.mark.parametrize("pk", ["00000000-0000-4000-8000-000000000000", "not-an-id", ""])
def test_an_absent_a_foreign_and_a_malformed_id_get_the_same_answer(pk: str):
    foreign = factories.version().document
    person = factories.user()

    messages = set()
    for wanted in (pk, foreign.pk):
        with pytest.raises(NotFound) as refused:
            document_get(wanted, user=person)
        messages.add(refused.value.message)

    assert len(messages) == 1


def test_an_administrator_sees_only_what_is_granted():
    factories.collection()

    assert not visible_collections(factories.user(is_superuser=True, is_staff=True)).exists()
