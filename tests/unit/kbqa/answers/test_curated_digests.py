"""Curated answers kept before: found without the question mark too, and none of them lost."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from kbqa.answers.curated import curated_for
from kbqa.answers.models import CuratedAnswer
from tests import factories

pytestmark = pytest.mark.django_db

migration = import_module("kbqa.answers.migrations.0005_curated_answers_without_final_punctuation")


def test_the_newer_of_two_is_served_and_the_other_is_still_there():
    collection = factories.collection()
    for question, digest in (("What is E2", "a"), ("What is E2?", "b"), ("Else？", "c")):
        CuratedAnswer.objects.create(collection=collection, question=question, question_digest=digest, text=digest)

    migration.digests_renew(apps, connection.schema_editor())

    served = [curated_for(question, collections=[collection]) for question in ("what is e2 ?", "Else")]
    assert [row.text for row in served] == ["b", "c"]
    assert CuratedAnswer.objects.count() == 3
