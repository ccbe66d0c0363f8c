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


def test_a_dry_run_says_what_would_come_and_keeps_nothing(tmp_path: Path):
    factories.user(username="root", is_superuser=True)
    (tmp_path / "forest.txt").write_text(FOREST)
    (tmp_path / "copy.txt").write_text(FOREST)
    (tmp_path / "void.txt").write_text("")
    said = io.StringIO()

    call_command("ingest_folder", str(tmp_path), collection="Notes", dry_run=True, no_color=True, stdout=said)

    assert said.getvalue().splitlines() == [
        "copy.txt: new",
        "forest.txt: unchanged (Here already as copy.txt.)",
        "void.txt: The file is empty.",
    ]
    assert not Document.objects.exists()


def test_a_second_run_finds_everything_unchanged(tmp_path: Path):
    factories.user(username="root", is_superuser=True)
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "forest.txt").write_text(FOREST)

    first, second = io.StringIO(), io.StringIO()
    for said in (first, second):
        call_command("ingest_folder", str(folder), collection="Notes", stdout=said)

    assert (first.getvalue(), second.getvalue()) == ("forest.txt: queued\n", "forest.txt: unchanged\n")
