"""Sealed or absent: what is not sealed leaves nothing, and what is sealed says what it holds."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ingest.index import writer as writing
from ingest.index.segment import MANIFEST, file_sum
from ingest.index.types import ChunkRecord
from ingest.index.writer import SegmentWriter
from tests.segments import DIMENSION, FINGERPRINT, records_of, seal, unit_vectors


def test_a_sealed_segment_is_the_only_thing_left(root: Path) -> None:
    info = seal(root, records_of(["one", "two"]))

    assert [path.name for path in root.iterdir()] == [info.name]
    assert info.num_chunks == 2


def test_the_manifest_names_every_file_with_its_sum(root: Path) -> None:
    info = seal(root, records_of(["one", "two"]))

    folder = root / info.name
    manifest = json.loads((folder / MANIFEST).read_text())
    held = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"}
    assert set(manifest["files"]) == held - {MANIFEST}
    assert all(file_sum(folder / name) == told for name, told in manifest["files"].items())
    assert info.size_bytes == sum((folder / name).stat().st_size for name in manifest["files"])


def test_leaving_unsealed_leaves_nothing(root: Path) -> None:
    with SegmentWriter(root, fingerprint=FINGERPRINT, dimension=DIMENSION) as writer:
        writer.add(records_of(["one"]), unit_vectors(1))

    assert list(root.iterdir()) == []


def test_a_break_while_sealing_leaves_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(writing, "lexical_write", breaks)

    with pytest.raises(OSError, match="no space"):
        seal(root, records_of(["one"]))

    assert list(root.iterdir()) == []


def test_everything_is_synced_before_the_name_appears(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[tuple[str, list[str]]] = []
    sync = writing._sync

    def noting(path: Path) -> None:
        sync(path)
        synced.append((path.name, [each.name for each in root.iterdir() if not each.name.startswith(".")]))

    monkeypatch.setattr(writing, "_sync", noting)
    info = seal(root, records_of(["one"]))

    *before, last = synced
    assert not any(named for _, named in before)
    assert {path.name for path in (root / info.name).rglob("*")} <= {name for name, _ in before}
    assert last == (root.name, [info.name])


def test_vectors_of_another_shape_are_refused(root: Path) -> None:
    with (
        SegmentWriter(root, fingerprint=FINGERPRINT, dimension=DIMENSION) as writer,
        pytest.raises(ValueError, match="shape"),
    ):
        writer.add(records_of(["one", "two"]), unit_vectors(3))


def test_the_context_is_searched_too(root: Path) -> None:
    from tests.segments import found_ids, live, searcher_of

    record = ChunkRecord(passage_id=7, version_id=1, text="It is open on Mondays.", context="Library of Aston")
    info = seal(root, [record])

    assert found_ids(searcher_of(root, live(info)), text="Aston library") == [7]


def test_a_segment_of_nothing_can_be_sealed(root: Path) -> None:
    info = seal(root, [], np.empty((0, DIMENSION), np.float32))

    assert info.num_chunks == 0
