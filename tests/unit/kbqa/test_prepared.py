"""A prepared query gives what its queryset gives, whoever asks first."""

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from kbqa.accounts.models import User
from kbqa.documents.models import Collection, Grant
from kbqa.documents.permissions import visible_collections
from kbqa.prepared import NO_ROW, Prepared

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
