"""Containers: what unpacks to too much is refused, before and while it is unpacked."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from ingest.errors import CorruptSource, EncryptedSource, SourceTooLarge
from ingest.parsers.archive import MAX_ENTRIES, open_archive

MIB = 1 << 20


def packed(tmp_path: Path, parts: dict[str, bytes]) -> Path:
    path = tmp_path / "packed.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def lied_about(path: Path, *, declared: int) -> Path:
    """The same container, whose headers declare another size for its only member."""
    with zipfile.ZipFile(path) as archive:
        true_size = archive.infolist()[0].file_size
    content = path.read_bytes().replace(true_size.to_bytes(4, "little"), declared.to_bytes(4, "little"))
    path.write_bytes(content)
    return path


def test_a_member_is_read(tmp_path: Path) -> None:
    with open_archive(packed(tmp_path, {"a": b"text"}), max_bytes=MIB) as archive:
        assert archive.read("a") == b"text"
        assert "a" in archive
        assert archive.names == ["a"]


def test_a_member_that_is_not_there_makes_the_file_corrupt(tmp_path: Path) -> None:
    with open_archive(packed(tmp_path, {"a": b"text"}), max_bytes=MIB) as archive, pytest.raises(CorruptSource):
        archive.read("b")


def test_a_bomb_is_refused_by_its_own_declaration(tmp_path: Path) -> None:
    path = packed(tmp_path, {"a": bytes(40 * MIB)})

    with pytest.raises(SourceTooLarge, match="attack"), open_archive(path, max_bytes=1 << 30):
        pass


def test_the_total_is_limited(tmp_path: Path) -> None:
    path = packed(tmp_path, {"a": bytes(MIB), "b": bytes(MIB)})

    with pytest.raises(SourceTooLarge), open_archive(path, max_bytes=MIB + 1):
        pass


def test_a_total_that_grows_while_reading_is_limited(tmp_path: Path) -> None:
    path = packed(tmp_path, {"a": bytes(MIB)})

    with open_archive(path, max_bytes=2 * MIB + 1) as archive:
        archive.read("a")
        archive.read("a")
        with pytest.raises(SourceTooLarge):
            archive.read("a")


def test_a_declared_size_that_lies_gains_nothing(tmp_path: Path) -> None:
    path = lied_about(packed(tmp_path, {"a": bytes(40 * MIB)}), declared=1000)

    with open_archive(path, max_bytes=1 << 30) as archive, pytest.raises((CorruptSource, SourceTooLarge)):
        archive.check_all()


def test_too_many_entries_are_refused(tmp_path: Path) -> None:
    path = packed(tmp_path, {str(number): b"" for number in range(MAX_ENTRIES + 1)})

    with pytest.raises(SourceTooLarge, match="parts"), open_archive(path, max_bytes=MIB):
        pass


def test_a_locked_member_locks_the_file(tmp_path: Path) -> None:
    path = packed(tmp_path, {"a": b"text"})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)

    with pytest.raises(EncryptedSource, match="password"), open_archive(path, max_bytes=MIB):
        pass


@pytest.mark.parametrize("keep", [10, 60, -20])
def test_a_truncated_container_is_corrupt(tmp_path: Path, keep: int) -> None:
    path = packed(tmp_path, {"a": b"text" * 100, "b": b"more"})
    path.write_bytes(path.read_bytes()[:keep])

    with pytest.raises(CorruptSource, match="damaged"), open_archive(path, max_bytes=MIB):
        pass
