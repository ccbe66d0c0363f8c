"""The import page: a look first, then kept or discarded; sites and folders with what came of each place."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kbqa.documents.models import Document
from kbqa.imports.models import ImportItem, ImportRun, ImportSchedule
from kbqa.imports.running import run_continue
from tests import factories

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def folder(tmp_path: Path, settings) -> Path:
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / "lamp.txt").write_text("The lamp is lit at dusk.")
    settings.IMPORT_ROOTS = [str(folder)]
    return folder


def test_a_look_at_a_text_shows_it_and_gives_it_back_to_keep(page, shelf):
    address = f"/collections/{shelf.pk}/import"
    typed = {"kind": "text", "title": "Bell", "text": "The bell is rung at noon."}

    shown = page.post(address, {**typed, "act": "look"}).content.decode()
    assert 'form="import-text"' in shown
    assert shown.count("The bell is rung at noon.") == 2  # in the look, and in the form that can be sent again
    assert not Document.objects.exists()

    page.post(address, {**typed, "act": "keep"})
    assert Document.objects.get().name == "Bell.txt"


def test_a_look_at_a_file_comes_as_the_part_below_its_form(page, shelf):
    file = SimpleUploadedFile("bell.md", b"# Bell\n\nRung at noon.")

    answer = page.post(f"/collections/{shelf.pk}/import", {"kind": "file", "file": file, "act": "look"}, headers=HTMX)

    assert 'form="import-file"' in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_a_look_at_what_would_be_refused_says_so_where_it_was_asked(page, shelf):
    file = SimpleUploadedFile("bell.exe", b"MZ" + b"\0" * 64)

    answer = page.post(f"/collections/{shelf.pk}/import", {"kind": "file", "file": file, "act": "look"}, headers=HTMX)

    assert (answer.status_code, answer.headers["HX-Retarget"]) == (415, "#notices")


def test_a_file_is_kept_from_here_too_and_no_file_is_asked_for(page, shelf):
    address = f"/collections/{shelf.pk}/import"

    page.post(address, {"kind": "file", "file": SimpleUploadedFile("bell.txt", b"Rung at noon.")})

    assert Document.objects.get().name == "bell.txt"
    assert "Choose a file first." in page.post(address, {"kind": "file"}).content.decode()


def test_a_dry_run_of_a_folder_is_brought_by_its_button(page, keeper, shelf, folder):
    keeper.is_superuser = True
    keeper.save()
    begun = page.post(f"/collections/{shelf.pk}/import", {"kind": "folder", "source": str(folder), "act": "look"})
    dry = ImportRun.objects.get()
    assert begun.url == f"/imports/{dry.pk}"
    assert "hx-trigger" in page.get(begun.url).content.decode()

    run_continue(dry.pk)
    told = page.get(begun.url).content.decode()
    assert "Nothing was kept" in told
    assert f"/imports/{dry.pk}/import" in told
    assert "hx-trigger" not in told

    real = page.post(f"/imports/{dry.pk}/import")
    run_continue(real.url.rsplit("/", 1)[1])
    assert Document.objects.get().name == "lamp.txt"


def test_folders_are_offered_to_administrators_alone(page, keeper, shelf):
    assert "import-folder" not in page.get(f"/collections/{shelf.pk}/import").content.decode()

    keeper.is_superuser = True
    keeper.save()

    assert "import-folder" in page.get(f"/collections/{shelf.pk}/import").content.decode()


def test_a_refused_sitemap_comes_back_with_what_was_typed(page, shelf):
    answer = page.post(f"/collections/{shelf.pk}/import", {"kind": "sitemap", "source": "file:///etc/passwd"})

    assert answer.status_code == 422
    assert 'value="file:///etc/passwd"' in answer.content.decode()


def test_places_are_narrowed_to_one_outcome_without_a_query_each(page, keeper, shelf, django_assert_max_num_queries):
    run = ImportRun.objects.create(collection=shelf, created_by=keeper, kind="sitemap", source="x", state="done")
    for number in range(20):
        document = factories.version(inside=shelf).document
        ImportItem.objects.create(run=run, position=number, place=f"p{number}", outcome="new", document=document)
    ImportItem.objects.create(run=run, position=20, place="bad", outcome="refused", message="The file is empty.")

    with django_assert_max_num_queries(20):
        page.get(f"/imports/{run.pk}")
    told = page.get(f"/imports/{run.pk}?state=refused").content.decode()

    assert "bad" in told
    assert "p1<" not in told


def test_a_folder_is_kept_up_to_date_imported_at_once_and_let_go(page, keeper, shelf, folder):
    keeper.is_superuser = True
    keeper.save()
    address = f"/collections/{shelf.pk}/import"

    begun = page.post(address, {"kind": "folder", "source": str(folder), "every": "day", "remove_missing": "yes"})
    assert "Import now" not in page.get(address).content.decode()  # it is at work
    schedule = ImportSchedule.objects.get()
    assert (schedule.every, schedule.remove_missing) == ("day", True)
    run_continue(begun.url.rsplit("/", 1)[1])
    assert Document.objects.get().name == "lamp.txt"
    told = page.get(address).content.decode()
    assert "every day" in told
    assert "Import now" in told
    assert "Recent imports" not in told

    again = page.post(f"/schedules/{schedule.pk}/run")
    assert again.url == f"/imports/{schedule.runs.latest('created_at').pk}"
    page.post(f"/schedules/{schedule.pk}/delete")
    assert not ImportSchedule.objects.exists()
    assert Document.objects.exists()


def test_a_page_is_kept_up_to_date_and_a_look_keeps_nothing(page, shelf):
    address = f"/collections/{shelf.pk}/import"
    typed = {"kind": "url", "url": "http://127.0.0.1/a.html", "every": "hour"}

    page.post(address, {**typed, "act": "look"})
    assert not ImportSchedule.objects.exists()
    page.post(address, {**typed, "act": "keep"})
    assert ImportSchedule.objects.get().kind == "page"
    twice = page.post(address, typed)
    assert (twice.status_code, "kept up to date already" in twice.content.decode()) == (409, True)


def test_no_folder_allowed_is_said_with_how_to_allow_one(page, keeper, shelf, settings):
    keeper.is_superuser = True
    keeper.save()
    settings.IMPORT_ROOTS = []

    assert "KBQA_IMPORT_ROOTS=" in page.get(f"/collections/{shelf.pk}/import").content.decode()
