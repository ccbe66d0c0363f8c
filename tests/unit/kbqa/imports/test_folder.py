"""A folder's files: all that lie in it, and nothing that lies outside, however it is named or linked."""

import os
from pathlib import Path

import pytest

from kbqa.errors import Invalid
from kbqa.imports.folder import allowed_folder, document_name, file_opened, folder_files


@pytest.fixture
def root(tmp_path: Path, settings) -> Path:
    root = tmp_path / "shared"
    (root / "manuals").mkdir(parents=True)
    (root / "manuals" / "lamp.txt").write_text("The lamp is lit at dusk.")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "shared-not").mkdir()
    settings.IMPORT_ROOTS = [str(root)]
    return root


def content(folder: Path, path: str) -> bytes:
    with file_opened(folder, path) as file:
        return file.read()


def test_a_folder_below_an_allowed_one_is_allowed(root: Path):
    assert allowed_folder(str(root)) == root
    assert allowed_folder(f"{root}/manuals/../manuals") == root / "manuals"


@pytest.mark.parametrize(
    "asked", ["{root}/..", "{root}/../shared-not", "/", "/etc", "manuals", ".", "{root}/manuals/lamp.txt",
              "{root}/absent", "{root}\x00", "{root}-not", ""]
)  # fmt: skip
def test_any_other_is_refused_with_the_same_words(root: Path, asked: str):
    with pytest.raises(Invalid, match="no such folder among those"):
        allowed_folder(asked.format(root=root))


def test_a_link_out_of_the_allowed_folder_is_no_folder_in_it(root: Path):
    (root / "out").symlink_to("/etc")

    with pytest.raises(Invalid, match="no such folder among those"):
        allowed_folder(str(root / "out"))


def test_nothing_is_allowed_unless_the_operator_says_so(root: Path, settings):
    settings.IMPORT_ROOTS = []

    with pytest.raises(Invalid):
        allowed_folder(str(root))


def test_files_are_listed_in_order_and_hidden_ones_are_not(root: Path):
    (root / "b.txt").write_text("b")
    (root / ".hidden").write_text("no")
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text("no")

    assert folder_files(root) == ["b.txt", "manuals/lamp.txt"]


def test_a_folder_that_is_a_link_is_not_entered(root: Path):
    (root / "loop").symlink_to(root)

    assert folder_files(root) == ["manuals/lamp.txt"]


def test_a_link_inside_the_folder_is_read(root: Path):
    (root / "again.txt").symlink_to("manuals/lamp.txt")

    assert content(root, "again.txt") == b"The lamp is lit at dusk."


@pytest.mark.parametrize("target", ["../secret.txt", "/etc/passwd", "manuals/../../secret.txt"])
def test_a_link_that_leads_out_is_refused(root: Path, target: str):
    (root / "link.txt").symlink_to(target)

    with pytest.raises(Invalid, match="leads out of the folder"):
        content(root, "link.txt")


@pytest.mark.parametrize("path", ["../secret.txt", "/etc/passwd", "manuals/../../secret.txt"])
def test_a_path_that_leads_out_is_refused(root: Path, path: str):
    with pytest.raises(Invalid, match="leads out of the folder"):
        content(root, path)


def test_a_folder_exchanged_for_a_link_after_it_was_looked_up_is_not_followed(root: Path, monkeypatch):
    looked_up = Path.resolve

    def exchanged(self: Path, strict: bool = False) -> Path:
        found = looked_up(self, strict=strict)
        if self.name == "lamp.txt":
            (root / "manuals").rename(root / "was")
            (root / "manuals").symlink_to(root.parent / "elsewhere")
        return found

    (root.parent / "elsewhere").mkdir()
    (root.parent / "elsewhere" / "lamp.txt").write_text("secret")
    monkeypatch.setattr(Path, "resolve", exchanged)

    with pytest.raises(Invalid, match="cannot be opened"):
        content(root, "manuals/lamp.txt")


def test_a_pipe_is_no_file_and_holds_nobody_up(root: Path):
    os.mkfifo(root / "pipe.txt")

    with pytest.raises(Invalid, match="no file"):
        content(root, "pipe.txt")


def test_files_of_one_name_in_two_folders_have_two_names():
    assert document_name("a/readme.txt") != document_name("b/readme.txt")
