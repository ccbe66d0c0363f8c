"""A prepared query gives what its queryset gives, whoever asks first."""

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from kbqa.accounts.models import User
from kbqa.answers.models import Answer, Citation, Conversation
from kbqa.documents.models import Collection, Grant
from kbqa.documents.permissions import visible_collections
from kbqa.prepared import NO_ROW, NO_UUID, Prepared, PreparedInsert

pytestmark = pytest.mark.django_db


def test_each_value_gets_its_own_rows() -> None:
    people = [User.objects.create(username=name) for name in ("ann", "bo", "cy")]
    for number, person in enumerate(people[:2]):
        for at in range(number + 1):
            Grant.objects.create(collection=Collection.objects.create(name=f"{person} {at}"), user=person)
    prepared = Prepared(
        lambda pk: visible_collections(User(pk=pk)).annotate(number=F("snapshot__number")).order_by("name"),
        hole=NO_ROW,
    )

    with CaptureQueriesContext(connection) as queries:
        found = [[row.name for row in prepared(person.pk)] for person in people]

    assert found == [["ann 0"], ["bo 0", "bo 1"], []]
    assert len(queries) == 3


def test_rows_come_with_what_is_joined_to_them() -> None:
    ann = User.objects.create(username="ann")
    Grant.objects.create(collection=Collection.objects.create(name="Land"), user=ann)
    prepared = Prepared(lambda name: Grant.objects.select_related("collection").filter(user__username=name), hole="")

    with CaptureQueriesContext(connection) as queries:
        found = [[grant.collection.name for grant in prepared(name)] for name in ("ann", "bo")]

    assert found == [["Land"], []]
    assert len(queries) == 2


def test_a_uuid_may_be_the_value() -> None:
    found = [Collection.objects.create(name=name) for name in ("Land", "River")]
    prepared = Prepared(lambda pk: Collection.objects.filter(pk=pk), hole=NO_UUID)

    assert [prepared(collection.pk) for collection in found] == [[collection] for collection in found]


def test_rows_are_added_as_their_model_adds_them() -> None:
    ann, land = User.objects.create(username="ann"), Collection.objects.create(name="Land")
    asked = {"asker": ann, "question": "When?", "collections": [str(land.pk)], "trace": {"cache": "shared", "n": [1.5]}}
    turns = [Answer(**asked), Answer(**asked, conversation=Conversation.objects.create(owner=ann, title="Oaks"))]
    insert_turns, insert_citations = PreparedInsert(Answer), PreparedInsert(Citation)

    with CaptureQueriesContext(connection) as queries:
        insert_turns(turns[:1])
        insert_turns(turns[1:])
        insert_citations([Citation(answer=turns[1], number=at, title="Oaks", start=0, end=4) for at in (1, 2)])
        insert_citations([])

    assert len(queries) == 3
    kept = Answer.objects.in_bulk()
    assert [(kept[turn.pk].trace, kept[turn.pk].conversation, kept[turn.pk].created_at) for turn in turns] == [
        (turn.trace, turn.conversation, turn.created_at) for turn in turns
    ]
    assert [row.number for row in kept[turns[1].pk].citations.all()] == [1, 2]
