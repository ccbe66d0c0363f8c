"""A folder into a collection from the command line."""

import io
from pathlib import Path

import pytest
from django.core.management import call_command

from kbqa.documents.models import Document
from tests import factories

from .conftest import FOREST

pytestmark = pytest.mark.django_db(transaction=True)


def test_hidden_files_stay_out_even_where_the_folder_itself_lies_in_a_hidden_one(tmp_path: Path):
    factories.user(username="root", is_superuser=True)
    folder = tmp_path / ".cache" / "notes"
    (folder / ".git").mkdir(parents=True)
    (folder / "forest.txt").write_text(FOREST)
    (folder / ".git" / "config.txt").write_text("hidden")

    call_command("ingest_folder", str(folder), collection="Notes", now=True, stdout=io.StringIO())

    assert list(Document.objects.values_list("name", "current__state")) == [("forest.txt", "ready")]
