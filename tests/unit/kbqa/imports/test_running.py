"""Imports carried out: each place's outcome, a dry run that keeps nothing and foresees it all, and no end lost."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from kbqa.documents.models import Collection, Document, Role, Version
from kbqa.documents.services import document_upload, grant_remove
from kbqa.errors import Conflict, Invalid, PermissionRefused
from kbqa.imports import running
from kbqa.imports.models import ImportRun
from kbqa.imports.running import run_continue, runs_to_wake
from kbqa.imports.services import import_begin, import_cancel, import_for_real
from tests import factories

from .conftest import WebSite, carried_out

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("woken")]


@pytest.fixture
def folder(tmp_path: Path, settings) -> Path:
    folder = tmp_path / "shared"
    folder.mkdir()
    settings.IMPORT_ROOTS = [str(folder)]
    return folder


def outcomes(run: ImportRun) -> dict[str, tuple[str, str]]:
    return {item.place.rpartition("/")[2]: (item.outcome, item.message) for item in run.items.all()}


def fill(folder: Path, collection: Collection, by) -> None:
    """One of each: fresh, changed, unchanged, here under another name, refused, and the first's double."""
    document_upload(collection=collection, name="changed.txt", pieces=[b"as it was"], by=by)
    document_upload(collection=collection, name="same.txt", pieces=[b"as ever"], by=by)
    document_upload(collection=collection, name="known.txt", pieces=[b"by another name"], by=by)
    (folder / "changed.txt").write_bytes(b"as it is")
    (folder / "fresh.txt").write_bytes(b"never seen")
    (folder / "fresh2.txt").write_bytes(b"never seen")
    (folder / "other.txt").write_bytes(b"by another name")
    (folder / "program.exe").write_bytes(b"MZ" + b"\0" * 64)
    (folder / "same.txt").write_bytes(b"as ever")
    (folder / "void.txt").write_bytes(b"")


def test_a_folder_is_imported_each_file_with_its_outcome(folder, collection, editor):
    fill(folder, collection, editor)

    run = carried_out(import_begin(collection=collection, kind="folder", source=str(folder), by=editor))

    came = outcomes(run)
    assert run.state == "done"
    assert came.pop("program.exe")[0] == "refused"
    assert came == {
        "changed.txt": ("version", ""),
        "fresh.txt": ("new", ""),
        "fresh2.txt": ("unchanged", "Here already as fresh.txt."),
        "other.txt": ("unchanged", "Here already as known.txt."),
        "same.txt": ("unchanged", ""),
        "void.txt": ("refused", "The file is empty."),
    }
    assert Version.objects.filter(document__name="changed.txt").count() == 2


def test_a_dry_run_keeps_nothing_and_foresees_what_the_import_then_does(folder, collection, editor, settings):
    fill(folder, collection, editor)
    before = sorted(Path(settings.ORIGINALS_ROOT).rglob("*"))

    dry = carried_out(import_begin(collection=collection, kind="folder", source=str(folder), by=editor, dry_run=True))

    assert Version.objects.count() == 3
    assert sorted(Path(settings.ORIGINALS_ROOT).rglob("*")) == before
    assert outcomes(dry) == outcomes(carried_out(import_for_real(run=dry, by=editor)))


def test_the_pages_of_a_site_are_imported_and_those_that_fail_say_why(site: WebSite, collection, editor):
    site.pages |= {
        "/one.html": b"<p>One page.</p>",
        "/two.html": b"<p>Two pages.</p>",
        "/copy.html": b"<p>One page.</p>",
    }
    site.pages["/sitemap.xml"] = site.sitemap(
        *(site.url(f"/{name}.html") for name in ("one", "gone", "two", "copy", "away"))
    )
    site.moved["/away.html"] = site.url("/one.html", host="other.example")

    run = carried_out(import_begin(collection=collection, kind="sitemap", source=site.url("/sitemap.xml"), by=editor))

    assert run.state == "done"
    assert outcomes(run) == {
        "one.html": ("new", ""),
        "gone.html": ("refused", "The address answered 404."),
        "two.html": ("new", ""),
        "copy.html": ("unchanged", "Here already as site.example - one.html."),
        "away.html": ("refused", "The page leads to another site."),
    }
    assert Document.objects.filter(collection=collection).count() == 2


def test_a_dry_run_of_a_site_foresees_what_the_import_then_does(site: WebSite, collection, editor):
    site.pages |= {"/one.html": b"<p>One page.</p>", "/copy.html": b"<p>One page.</p>"}
    site.pages["/sitemap.xml"] = site.sitemap(*(site.url(f"/{name}.html") for name in ("one", "gone", "copy")))

    dry = carried_out(
        import_begin(collection=collection, kind="sitemap", source=site.url("/sitemap.xml"), by=editor, dry_run=True)
    )

    assert not Document.objects.exists()
    assert outcomes(dry) == outcomes(carried_out(import_for_real(run=dry, by=editor)))


def test_a_site_that_lists_nothing_we_can_read_fails_with_the_reason(site: WebSite, collection, editor):
    run = carried_out(import_begin(collection=collection, kind="sitemap", source=site.url("/gone.xml"), by=editor))

    assert (run.state, run.message) == ("failed", "The address answered 404.")


def test_a_long_import_lets_others_in_between_and_goes_on(folder, collection, editor, woken, monkeypatch):
    for number in range(3):
        (folder / f"{number}.txt").write_text(f"file {number}")
    run = import_begin(collection=collection, kind="folder", source=str(folder), by=editor)
    monkeypatch.setattr(running, "SLICE_S", -1.0)

    goes_on = run_continue(run.pk)

    assert goes_on
    assert {outcome for outcome, _ in outcomes(run).values()} == {"waiting"}
    monkeypatch.undo()
    assert carried_out(run).state == "done"


def test_an_import_whose_worker_was_killed_goes_on_where_it_stood(folder, collection, editor):
    for number in range(3):
        (folder / f"{number}.txt").write_text(f"file {number}")
    run = import_begin(collection=collection, kind="folder", source=str(folder), by=editor)
    run_continue(run.pk)
    last = run.items.last()
    run.items.filter(pk=last.pk).update(outcome="waiting")  # killed after the upload, before its outcome was written
    ago = timezone.now() - timedelta(minutes=1)
    ImportRun.objects.filter(pk=run.pk).update(state="running", lease_until=ago, finished_at=None)

    assert runs_to_wake() == [run.pk]
    assert carried_out(run).state == "done"
    assert run.items.last().outcome == "unchanged"
    assert Document.objects.count() == 3


def test_nobody_takes_an_import_that_is_being_worked_on(folder, collection, editor):
    run = import_begin(collection=collection, kind="folder", source=str(folder), by=editor)
    later = timezone.now() + timedelta(minutes=1)
    ImportRun.objects.filter(pk=run.pk).update(state="running", lease_until=later)

    assert not run_continue(run.pk)
    assert runs_to_wake() == []


def test_an_import_that_kills_its_workers_is_given_up(folder, collection, editor, settings):
    run = import_begin(collection=collection, kind="folder", source=str(folder), by=editor)
    ago = timezone.now() - timedelta(minutes=1)
    ImportRun.objects.filter(pk=run.pk).update(state="running", lease_until=ago, attempt=settings.MAX_ATTEMPTS)

    assert runs_to_wake() == []

    run.refresh_from_db()
    assert run.state == "failed"


def test_a_stopped_import_takes_nothing_more(folder, collection, editor):
    (folder / "one.txt").write_text("one")
    run = import_begin(collection=collection, kind="folder", source=str(folder), by=editor)

    import_cancel(run=run)

    assert carried_out(run).state == "cancelled"
    assert not Document.objects.exists()
    with pytest.raises(Conflict):
        import_cancel(run=run)


def test_whoever_loses_the_role_in_the_middle_brings_nothing_more(folder, collection, editor):
    (folder / "one.txt").write_text("one")
    other = factories.member(collection, Role.OWNER)
    assert other
    run = import_begin(collection=collection, kind="folder", source=str(folder), by=editor)
    grant_remove(collection=collection, grant_id=str(collection.grants.get(user=editor).pk))

    assert carried_out(run).state == "failed"
    assert not Document.objects.exists()


def test_a_folder_is_imported_by_administrators_alone(folder, collection):
    someone = factories.member(collection, Role.EDITOR)

    with pytest.raises(PermissionRefused):
        import_begin(collection=collection, kind="folder", source=str(folder), by=someone)


@pytest.mark.parametrize(
    ("kind", "source"),
    [("feed", "x"), ("sitemap", " "), ("sitemap", "a\0b"), ("sitemap", "file:///etc/passwd"), ("folder", "/etc")],
)
def test_an_import_of_nothing_we_know_is_refused(folder, collection, editor, kind, source):
    with pytest.raises(Invalid):
        import_begin(collection=collection, kind=kind, source=source, by=editor)
