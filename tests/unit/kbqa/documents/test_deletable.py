"""Whatever hangs below something deletable overlooks it when deleted, or is reached through what does."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from kbqa.documents.deletable import Deletable, InUse, mark, unmark
from kbqa.documents.deleting import document_delete
from kbqa.documents.models import Collection, Document, IngestJob, Passage, Version
from kbqa.errors import NotFound
from tests import factories

REACHED_THROUGH = {  # read by way of a row in hand, or of the collections that somebody may see
    "documents.Grant",
    "documents.DocumentEvent",
    "documents.CanonicalText",
    "documents.RecognizedPage",
    "documents.Segment",
    "documents.Snapshot",
    "answers.Citation",
    "answers.CuratedAnswer",
    "imports.ImportRun",
    "imports.ImportItem",
    "imports.KnownPlace",
    "quality.TestSet",
    "quality.TestCase",
    "quality.RunCase",
    "quality.Review",
}


def below() -> Iterator[type[models.Model]]:
    """Every model with a foreign key to one that can be deleted, or that overlooks what is."""
    for model in apps.get_models():
        targets = [field.related_model for field in model._meta.fields if field.many_to_one or field.one_to_one]
        if any(isinstance(target._default_manager, InUse) for target in targets):
            yield model


def test_whatever_hangs_below_something_deletable_overlooks_it_or_is_reached_through_what_does():
    plain = {model._meta.label for model in below() if not isinstance(model._default_manager, InUse)}

    assert plain == REACHED_THROUGH
    assert all(isinstance(model._default_manager, InUse) for model in apps.get_models() if issubclass(model, Deletable))


@pytest.mark.django_db
def test_what_is_below_a_deleted_row_goes_and_comes_back_with_it():
    version = factories.version()
    passage = factories.passage(of=version)
    rows = [(Document, version.document_id), (Version, version.pk), (Passage, passage.pk), (IngestJob, version.job.pk)]

    for row in (version.document.collection, version.document):
        mark(row, by=None)
        assert not any(model.objects.filter(pk=pk).exists() for model, pk in rows)
        assert all(model.with_deleted.filter(pk=pk).exists() for model, pk in rows)
        unmark(row)
        assert all(model.objects.filter(pk=pk).exists() for model, pk in rows)


@pytest.mark.django_db
def test_of_two_who_delete_or_restore_the_second_is_told_so():
    row = factories.collection()
    mark(row, by=None)
    with pytest.raises(NotFound):
        mark(row, by=None)

    unmark(row)

    with pytest.raises(NotFound):
        unmark(row)


@pytest.mark.django_db
def test_a_conditional_update_still_looks_at_its_own_row():
    """Over a join it would become an update by a list of ids, which a second worker would not look at again."""
    version = factories.version()

    with CaptureQueriesContext(connection) as asked:
        IngestJob.objects.filter(version=version, state=IngestJob.State.QUEUED).update(percent=1)

    (update,) = [query["sql"] for query in asked if query["sql"].startswith("UPDATE")]
    assert "EXISTS" in update
    assert "IN (SELECT" not in update


@pytest.mark.django_db
def test_two_deleted_documents_may_share_a_name_and_two_in_use_may_not():
    shelf, by = factories.collection(), factories.user()
    for _ in range(2):
        version = factories.version(inside=shelf)
        Document.objects.filter(pk=version.document_id).update(name="same.txt")
        document_delete(document=version.document, by=by)

    assert Document.with_deleted.filter(name="same.txt").count() == 2
    assert not Collection.objects.get(pk=shelf.pk).documents.exists()
