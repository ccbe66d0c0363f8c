"""Imports by programs: a look, a dry run, the real thing, and what came of each place."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kbqa.accounts.models import User
from kbqa.documents.models import Document
from kbqa.imports.models import ImportRun
from kbqa.imports.running import run_continue

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path, settings) -> Path:
    folder = tmp_path / "shared"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.txt").write_text(f"File {number}.")
    (folder / "void.txt").touch()
    settings.IMPORT_ROOTS = [str(folder)]
    return folder


def test_a_look_shows_passages_and_keeps_nothing(api, collection):
    path = f"/api/v1/collections/{collection.pk}/preview"

    typed = api.post(path, {"title": "Bell", "text": "The bell is rung at noon."}).json()
    sent = api.post(
        path, {"file": SimpleUploadedFile("bell.md", b"# Bell\n\nRung at noon.")}, format="multipart"
    ).json()

    assert (typed["outcome"], typed["name"], typed["num_passages"]) == ("new", "Bell.txt", 1)
    assert typed["passages"][0]["text"] == "The bell is rung at noon."
    assert sent["passages"][0]["heading_path"] == ["Bell"]
    assert not Document.objects.exists()


def test_a_look_at_what_would_be_refused_says_so(api, collection):
    answer = api.post(f"/api/v1/collections/{collection.pk}/preview", {"url": "http://127.0.0.1/"})

    assert (answer.status_code, answer.json()["code"]) == (422, "address_refused")


def test_a_folder_is_looked_at_and_then_imported(api, collection, folder):
    User.objects.filter(pk=collection.created_by_id).update(is_superuser=True)
    path = f"/api/v1/collections/{collection.pk}/imports"

    dry = api.post(path, {"kind": "folder", "source": str(folder), "dry_run": True})
    assert dry.status_code == 202
    run_continue(dry.json()["id"])
    found = api.get(f"/api/v1/imports/{dry.json()['id']}").json()
    assert (found["state"], found["counts"]["new"], found["counts"]["refused"]) == ("done", 3, 1)
    assert not Document.objects.exists()

    real = api.post(path, {"kind": "folder", "source": str(folder)}).json()
    run_continue(real["id"])
    items = api.get(f"/api/v1/imports/{real['id']}/items?limit=2").json()
    rest = api.get(items["next"]).json()["results"]
    assert [item["name"] for item in (*items["results"], *rest)] == ["0.txt", "1.txt", "2.txt", "void.txt"]
    assert rest[-1] | {"message": "The file is empty.", "outcome": "refused"} == rest[-1]
    refused = api.get(f"/api/v1/imports/{real['id']}/items?outcome=refused").json()["results"]
    assert [item["place"] for item in refused] == ["void.txt"]
    assert {row["id"] for row in api.get(path).json()["results"]} == {dry.json()["id"], real["id"]}


def test_an_import_is_stopped_once(api, collection):
    run = api.post(
        f"/api/v1/collections/{collection.pk}/imports", {"kind": "sitemap", "source": "http://site.example/map.xml"}
    ).json()

    stopped, again = [api.post(f"/api/v1/imports/{run['id']}/cancel") for _ in range(2)]

    assert (stopped.status_code, stopped.json()["state"]) == (202, "cancelled")
    assert again.status_code == 409


def test_a_folder_is_refused_to_whoever_is_no_administrator(api, collection, folder):
    answer = api.post(f"/api/v1/collections/{collection.pk}/imports", {"kind": "folder", "source": str(folder)})

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_refused")


def test_imports_are_listed_without_a_query_each(api, collection, django_assert_max_num_queries):
    for _ in range(12):
        ImportRun.objects.create(collection=collection, created_by=collection.created_by, kind="sitemap")

    with django_assert_max_num_queries(10):
        assert len(api.get(f"/api/v1/collections/{collection.pk}/imports").json()["results"]) == 12


def test_a_folder_is_kept_up_to_date_by_a_program(api, collection, folder):
    User.objects.filter(pk=collection.created_by_id).update(is_superuser=True)
    path = f"/api/v1/collections/{collection.pk}/schedules"

    run = api.post(path, {"kind": "folder", "source": str(folder), "every": "hour"})
    assert (run.status_code, run.json()["state"]) == (202, "queued")
    kept = api.get(path).json()["results"]
    assert [(row["every"], row["remove_missing"], row["last_import"]) for row in kept] == [
        ("hour", True, run.json()["id"])
    ]
    one = f"/api/v1/schedules/{kept[0]['id']}"
    assert api.get(one).json() == kept[0]
    assert api.post(f"{one}/run").status_code == 409  # it is at work
    run_continue(run.json()["id"])
    assert api.post(f"{one}/run").json()["schedule"] == kept[0]["id"]

    assert api.delete(one).status_code == 204
    assert api.get(one).status_code == 404
    assert Document.objects.count() == 3
