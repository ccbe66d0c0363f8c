"""A backup taken while the site runs, and what a machine restored from it answers."""

import json
import os

import pytest
from django.core.management import CommandError, call_command

from inference.deadline import Deadline
from kbqa.answers.pipeline import answer
from kbqa.answers.scope import scope_of
from kbqa.answers.wire import collect
from kbqa.ops import backup
from kbqa.ops.backup import BackupRefused, backup_make, backup_restore

from .conftest import FOREST, RIVER
from .servers import manage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
QUESTION = "When is the lock at Aston closed?"


@pytest.fixture
def elsewhere(settings, tmp_path, monkeypatch):
    """The settings of a machine that holds nothing yet."""

    def move() -> None:
        for name in ("ORIGINALS_ROOT", "SEGMENTS_ROOT"):
            setattr(settings, name, tmp_path / "elsewhere" / name.lower())
        monkeypatch.setitem(backup.connection.settings_dict, "NAME", tmp_path / "elsewhere" / "kbqa.sqlite3")

    return move


def test_a_restored_machine_gives_the_same_answer(put, owner, tmp_path):
    put("forest.txt", FOREST)
    put("river.txt", RIVER)
    before = collect(answer(QUESTION, asker=owner, scope=scope_of(owner), deadline=Deadline.after(10)))

    call_command("backup", str(tmp_path / "backup"), verbosity=0)
    restored = {"KBQA_DATA_DIR": str(tmp_path / "restored")}
    manage("restore", str(tmp_path / "backup"), environment=restored)
    after = json.loads(manage("ask", QUESTION, "--user", "owner", "--json", environment=restored))

    assert not before["abstained"]
    assert not after["abstained"], after
    assert (after["answer"], after["citations"]) == (before["answer"], before["citations"])
    assert "2 segments, 2 passages: clean" in manage("verify_index", environment=restored)


def test_a_changed_byte_is_refused_and_nothing_is_left(put, elsewhere, tmp_path, settings):
    put("forest.txt", FOREST)
    made = backup_make(tmp_path / "backup")
    spoiled = next(tmp_path / "backup" / name for name in made.files if name.startswith("originals/"))
    spoiled.write_bytes(spoiled.read_bytes()[:-1] + b"?")
    elsewhere()

    with pytest.raises(BackupRefused, match="checksum"):
        backup_restore(tmp_path / "backup")

    assert [path for path in (tmp_path / "elsewhere").rglob("*") if path.is_file()] == []


def test_a_folder_that_holds_something_is_never_restored_over(put, tmp_path):
    put("forest.txt", FOREST)
    backup_make(tmp_path / "backup")

    with pytest.raises(BackupRefused, match="holds something already"):
        backup_restore(tmp_path / "backup")


def test_a_backup_is_a_new_folder_readable_to_its_owner(put, tmp_path):
    put("forest.txt", FOREST)
    backup_make(tmp_path / "backup")

    with pytest.raises(CommandError, match="exists already"):
        call_command("backup", str(tmp_path / "backup"))
    assert os.stat(tmp_path / "backup").st_mode & 0o077 == 0


def test_a_damaged_original_is_backed_up_and_named(put, tmp_path, settings):
    put("forest.txt", FOREST)
    original = next(path for path in settings.ORIGINALS_ROOT.rglob("*") if path.is_file())
    original.write_bytes(b"not what it was")

    with pytest.raises(CommandError, match=f"{original.name} is damaged"):
        call_command("backup", str(tmp_path / "backup"), verbosity=0)

    assert (tmp_path / "backup" / "backup.json").exists()


def test_a_manifest_cannot_lead_outside(put, elsewhere, tmp_path):
    put("forest.txt", FOREST)
    backup_make(tmp_path / "backup")
    manifest = json.loads((tmp_path / "backup" / "backup.json").read_text())
    manifest["files"]["originals/../../outside"] = [0, ""]
    (tmp_path / "backup" / "backup.json").write_text(json.dumps(manifest))
    elsewhere()

    with pytest.raises(BackupRefused, match="no backup holds"):
        backup_restore(tmp_path / "backup")


def test_what_is_no_backup_is_refused(tmp_path):
    with pytest.raises(CommandError, match="is no backup"):
        call_command("restore", str(tmp_path))


def test_rows_in_postgresql_are_left_to_pg_dump(tmp_path, monkeypatch):
    monkeypatch.setattr(backup.connection, "vendor", "postgresql")

    with pytest.raises(CommandError, match="pg_dump"):
        call_command("backup", str(tmp_path / "backup"))

    call_command("backup", str(tmp_path / "backup"), files_only=True, verbosity=0)
    assert (tmp_path / "backup" / "backup.json").exists()
