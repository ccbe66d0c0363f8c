"""Places kept up to date: what changed comes again, what is gone goes, and nothing is taken away by mishap."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from kbqa.accounts.models import User
from kbqa.documents.deleting import collection_delete, document_delete
from kbqa.documents.models import Collection, Document, Role, Version
from kbqa.documents.services import document_upload, grant_remove
from kbqa.errors import Conflict, Invalid, PermissionRefused
from kbqa.imports import known, tasks
from kbqa.imports.models import ImportRun, ImportSchedule
from kbqa.imports.schedules import (
    NUM_RUNS_KEPT,
    schedule_create,
    schedule_delete,
    schedule_run,
    schedules_begin_due,
)
from tests import factories

from .conftest import WebSite, carried_out

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("woken")]


@pytest.fixture
def folder(tmp_path: Path, settings) -> Path:
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / "bell.txt").write_text("Rung at noon.")
    (folder / "lamp.txt").write_text("Lit at dusk.")
    settings.IMPORT_ROOTS = [str(folder)]
    return folder


def outcomes(run: ImportRun) -> dict[str, str]:
    return {item.place.rpartition("/")[2]: item.outcome for item in run.items.all()}


def kept(folder: Path, collection: Collection, by: User, **more: object) -> ImportSchedule:
    """A folder kept up to date, imported for the first time."""
    run = schedule_create(collection=collection, kind="folder", source=str(folder), every="hour", by=by, **more)
    carried_out(run)
    return run.schedule


def again(schedule: ImportSchedule) -> ImportRun:
    return carried_out(schedule_run(schedule=schedule))


def names() -> set[str]:
    return set(Document.objects.values_list("name", flat=True))


def test_what_is_new_changed_and_gone_in_a_folder_is_so_here(folder, collection, editor):
    schedule = kept(folder, collection, editor)
    (folder / "bell.txt").unlink()
    (folder / "lamp.txt").write_text("Lit at dusk, and put out at dawn.")
    (folder / "oars.txt").write_text("Two of them.")

    run = again(schedule)

    assert outcomes(run) == {"lamp.txt": "version", "oars.txt": "new", "bell.txt": "removed"}
    assert names() == {"lamp.txt", "oars.txt"}
    assert Document.with_deleted.get(name="bell.txt").deleted_by == editor
    assert outcomes(again(schedule)) == {"lamp.txt": "unchanged", "oars.txt": "unchanged"}


def test_a_file_that_was_not_written_to_is_not_read_again(folder, collection, editor, monkeypatch):
    schedule = kept(folder, collection, editor)
    monkeypatch.setattr("kbqa.imports.running.take", pytest.fail)

    assert outcomes(again(schedule)) == {"bell.txt": "unchanged", "lamp.txt": "unchanged"}


def test_a_file_moved_to_another_folder_keeps_its_document(folder, collection, editor):
    schedule = kept(folder, collection, editor)
    (folder / "old").mkdir()
    os.rename(folder / "bell.txt", folder / "old" / "bell.txt")

    run = again(schedule)

    assert outcomes(run) == {"bell.txt": "unchanged", "lamp.txt": "unchanged"}
    assert Document.objects.count() == 2


def test_what_was_deleted_here_stays_deleted_until_it_changes_there(folder, collection, editor):
    schedule = kept(folder, collection, editor)
    document_delete(document=Document.objects.get(name="bell.txt"), by=editor)

    run = again(schedule)
    assert names() == {"lamp.txt"}
    assert run.items.get(place="bell.txt").message == known.DELETED_HERE

    os.utime(folder / "bell.txt", (1, 1))  # written to, with the same words
    again(schedule)
    assert names() == {"lamp.txt"}

    (folder / "bell.txt").write_text("Rung at one.")
    again(schedule)
    assert names() == {"bell.txt", "lamp.txt"}


def test_only_what_the_schedule_brought_is_taken_away_and_only_where_it_says_so(folder, collection, editor):
    document_upload(collection=collection, name="mine.txt", pieces=[b"Rung at noon."], by=editor)
    schedule = kept(folder, collection, editor)
    (folder / "bell.txt").unlink()
    again(schedule)
    assert names() == {"mine.txt", "lamp.txt"}

    ImportSchedule.objects.update(remove_missing=False)
    (folder / "lamp.txt").unlink()
    (folder / "oars.txt").write_text("Two of them.")
    schedule.refresh_from_db()
    again(schedule)
    assert names() == {"mine.txt", "lamp.txt", "oars.txt"}


def test_a_folder_that_is_away_or_empty_takes_nothing_away(folder, collection, editor):
    schedule = kept(folder, collection, editor)
    folder.rename(folder.with_name("unmounted"))
    assert again(schedule).state == "failed"
    assert names() == {"bell.txt", "lamp.txt"}

    folder.mkdir()
    run = again(schedule)
    assert (run.state, run.message) == ("done", known.NOTHING_THERE)
    assert names() == {"bell.txt", "lamp.txt"}


def test_a_list_that_was_cut_short_takes_nothing_away(folder, collection, editor, monkeypatch):
    schedule = kept(folder, collection, editor)
    monkeypatch.setattr("kbqa.imports.running.MAX_FILES", 1)

    again(schedule)

    assert names() == {"bell.txt", "lamp.txt"}


def test_a_page_is_renewed_and_a_site_follows_its_list(site: WebSite, collection, editor):
    site.pages = {"/a.html": b"<p>The bell.</p>", "/b.html": b"<p>The lamp.</p>"}
    site.pages["/map.xml"] = site.sitemap(site.url("/a.html"), site.url("/b.html"))
    page, whole = (
        schedule_create(collection=collection, kind=kind, source=site.url(path), every="day", by=editor)
        for kind, path in (("page", "/b.html"), ("sitemap", "/map.xml"))
    )
    assert outcomes(carried_out(page)) == {"b.html": "new"}
    assert outcomes(carried_out(whole)) == {"a.html": "new", "b.html": "unchanged"}

    site.pages["/b.html"] = b"<p>The lamp is lit.</p>"
    site.pages["/map.xml"] = site.sitemap(site.url("/b.html"))

    assert outcomes(again(whole.schedule)) == {"b.html": "version", "a.html": "removed"}
    assert outcomes(again(page.schedule)) == {"b.html": "unchanged"}
    assert Version.objects.filter(document=Document.objects.get()).count() == 2


def test_a_page_that_is_gone_is_told_and_its_document_stays(site: WebSite, collection, editor):
    site.pages["/a.html"] = b"<p>The bell.</p>"
    run = schedule_create(collection=collection, kind="page", source=site.url("/a.html"), every="week", by=editor)
    carried_out(run)
    site.pages.clear()

    assert outcomes(again(run.schedule)) == {"a.html": "refused"}
    assert Document.objects.count() == 1


def test_schedules_begin_when_their_time_has_come_once_and_not_beside_themselves(folder, collection, editor, woken):
    schedule = kept(folder, collection, editor)
    assert schedules_begin_due() == 0

    ImportSchedule.objects.update(next_at=timezone.now() - timedelta(days=3))
    assert schedules_begin_due() == 1
    assert schedules_begin_due() == 0
    schedule.refresh_from_db()
    assert timedelta(minutes=59) < schedule.next_at - timezone.now() <= timedelta(hours=1)

    ImportSchedule.objects.update(next_at=timezone.now())
    assert schedules_begin_due() == 0  # the last one is not over
    with pytest.raises(Conflict):
        schedule_run(schedule=schedule)


def test_the_worker_s_clock_begins_them(folder, collection, editor, woken, django_capture_on_commit_callbacks):
    schedule = kept(folder, collection, editor)
    ImportSchedule.objects.update(next_at=timezone.now())
    woken.clear()

    with django_capture_on_commit_callbacks(execute=True):
        tasks.wake_imports()

    assert woken == [str(schedule.runs.get(state="queued").pk)]


def test_a_schedule_in_a_deleted_collection_rests(folder, collection, editor):
    kept(folder, collection, editor)
    ImportSchedule.objects.update(next_at=timezone.now())
    collection_delete(collection=collection, by=editor)

    assert schedules_begin_due() == 0


def test_old_runs_are_forgotten_and_what_is_known_is_not(folder, collection, editor):
    schedule = kept(folder, collection, editor)
    for _ in range(NUM_RUNS_KEPT + 2):
        again(schedule)
    assert schedule.runs.count() == NUM_RUNS_KEPT

    (folder / "bell.txt").unlink()
    again(schedule)
    assert names() == {"lamp.txt"}


def test_once_deleted_a_schedule_leaves_its_documents(folder, collection, editor):
    schedule = kept(folder, collection, editor)

    schedule_delete(schedule=schedule)

    assert not ImportSchedule.objects.exists()
    assert ImportRun.objects.get().schedule is None
    assert names() == {"bell.txt", "lamp.txt"}


def test_whoever_lost_the_role_keeps_nothing_up_to_date(site: WebSite, collection, editor):
    site.pages["/a.html"] = b"<p>The bell.</p>"
    helper = factories.member(collection, Role.EDITOR)
    run = schedule_create(collection=collection, kind="page", source=site.url("/a.html"), every="day", by=helper)
    carried_out(run)
    grant_remove(collection=collection, grant_id=str(collection.grants.get(user=helper).pk))

    assert again(run.schedule).state == "failed"


@pytest.mark.parametrize(
    ("kind", "source", "every", "error"),
    [
        ("page", "http://site.example/a", "year", Invalid),
        ("page", "ftp://site.example/a", "day", Invalid),
        ("shelf", "http://site.example/a", "day", Invalid),
        ("folder", "/etc", "day", PermissionRefused),
    ],
)
def test_what_is_wrong_with_a_schedule_is_said_at_once(kind, source, every, error, collection, editor):
    User.objects.filter(pk=editor.pk).update(is_superuser=False)
    editor.refresh_from_db()
    with pytest.raises(error):
        schedule_create(collection=collection, kind=kind, source=source, every=every, by=editor)


def test_one_place_is_kept_once(folder, collection, editor):
    kept(folder, collection, editor)
    with pytest.raises(Conflict):
        schedule_create(collection=collection, kind="folder", source=f"{folder}/", every="day", by=editor)
