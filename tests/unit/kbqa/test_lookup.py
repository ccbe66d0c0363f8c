"""An id that is none finds nothing, as one that nobody has."""

import uuid

import pytest

from kbqa.answers.models import Feedback
from kbqa.documents.models import Collection
from kbqa.lookup import row_of
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_row_is_found_by_its_id_however_it_is_written():
    shelf = factories.collection(owner=factories.user())

    assert row_of(Collection.objects.all(), shelf.pk) == shelf
    assert row_of(Collection.objects.all(), str(shelf.pk)) == shelf


@pytest.mark.parametrize("pk", ["", "no id", "1", str(uuid.uuid4()), "\x00"])
def test_what_is_no_id_or_nobodys_finds_nothing(pk: str):
    assert row_of(Collection.objects.all(), pk) is None
    assert row_of(Feedback.objects.all(), pk) is None
