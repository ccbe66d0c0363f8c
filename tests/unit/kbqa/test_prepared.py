"""A prepared query gives what its queryset gives, whoever asks first."""

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from kbqa.accounts.models import User
from kbqa.documents.models import Collection, Grant
from kbqa.documents.permissions import visible_collections
from kbqa.prepared import Prepared

pytestmark = pytest.mark.django_db


def test_each_value_gets_its_own_rows() -> None:
    people = [User.objects.create(username=name) for name in ("ann", "bo", "cy")]
    for number, person in enumerate(people[:2]):
        for at in range(number + 1):
            Grant.objects.create(collection=Collection.objects.create(name=f"{person} {at}"), user=person)
    prepared = Prepared(
        lambda pk: visible_collections(User(pk=pk)).annotate(number=F("snapshot__number")).order_by("name")
    )

    with CaptureQueriesContext(connection) as queries:
        found = [[row.name for row in prepared(person.pk)] for person in people]

    assert found == [["ann 0"], ["bo 0", "bo 1"], []]
    assert len(queries) == 3
