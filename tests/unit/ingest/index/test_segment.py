"""A segment opens as it was sealed, or is refused with the one error that says why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest.index.errors import CorruptSegment, FingerprintMismatch, UnknownSegment
from ingest.index.segment import FORMAT, MANIFEST, Segment, manifest_sum
from tests.segments import FINGERPRINT, records_of, seal


@pytest.fixture
def folder(root: Path) -> Path:
    return root / seal(root, records_of(["one", "two", "three"], per_version=2)).name


def rewrite(folder: Path, **fields: object) -> None:
    """Change the manifest and give it a sum that holds, as another release would."""
    manifest = {**json.loads((folder / MANIFEST).read_text()), **fields}
    (folder / MANIFEST).write_text(json.dumps({**manifest, "sum": manifest_sum(manifest)}))


def test_what_was_sealed_is_what_opens(folder: Path) -> None:
    segment = Segment.open(folder, fingerprint=FINGERPRINT)

    segment.check()
    assert segment.passage_ids.tolist() == [0, 1, 2]
    assert segment.version_ids.tolist() == [0, 0, 1]
    assert segment.num_chunks == 3


def test_an_absent_segment_is_unknown(root: Path) -> None:
    with pytest.raises(UnknownSegment):
        Segment.open(root / "nothing", fingerprint=FINGERPRINT)


def test_another_encoders_segment_is_refused(folder: Path) -> None:
    with pytest.raises(FingerprintMismatch, match="another"):
        Segment.open(folder, fingerprint="another")


@pytest.mark.parametrize("fields", [{"format": FORMAT + 1}, {"format": 0}, {"analyzer": 0}])
def test_another_format_is_refused_with_the_way_out(folder: Path, fields: dict[str, int]) -> None:
    rewrite(folder, **fields)

    with pytest.raises(CorruptSegment, match="rebuild"):
        Segment.open(folder, fingerprint=FINGERPRINT)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"sum": 1}'])
def test_a_manifest_that_is_none_is_refused(folder: Path, content: bytes) -> None:
    (folder / MANIFEST).write_bytes(content)

    with pytest.raises(CorruptSegment):
        Segment.open(folder, fingerprint=FINGERPRINT)


def test_a_count_that_does_not_hold_is_refused(folder: Path) -> None:
    rewrite(folder, num_chunks=2)

    with pytest.raises(CorruptSegment, match="2"):
        Segment.open(folder, fingerprint=FINGERPRINT)
