"""One segment, many, merged, reopened: the same hits. And no byte may change unnoticed."""

from __future__ import annotations

import itertools
import random
import shutil
from pathlib import Path

import pytest

from ingest.index.errors import CorruptSegment, FingerprintMismatch, SearchIndexError
from ingest.index.merge import merge
from ingest.index.searcher import Searcher
from ingest.index.segment import MANIFEST, Segment
from ingest.index.types import Query, SegmentInfo
from tests.segments import FINGERPRINT, live, records_of, seal, searcher_of, unit_vectors

WORDS = [
    "apple",
    "pear",
    "plum",
    "cherry",
    "quince",
    "medlar",
    "grape",
    "fig",
    "olive",
    "almond",
    "walnut",
    "oak",
    "elm",
]
NUM_PASSAGES, NUM_SEGMENTS, PER_VERSION = 120, 6, 3
DEAD_VERSIONS, DEAD_PASSAGES = frozenset({2, 7, 31}), frozenset({0, 50, 119})


def texts() -> list[str]:
    """As long as each other, so that a segment's mean length is every segment's."""
    draw = random.Random(5)
    return [" ".join(draw.choices(WORDS, k=12)) + f" number{n}" for n in range(NUM_PASSAGES)]


RECORDS, VECTORS = records_of(texts(), per_version=PER_VERSION), unit_vectors(NUM_PASSAGES)


def sealed_in(root: Path, parts: int) -> list[SegmentInfo]:
    size = NUM_PASSAGES // parts
    return [
        seal(root, RECORDS[start : start + size], VECTORS[start : start + size])
        for start in range(0, NUM_PASSAGES, size)
    ]


def written_whole(root: Path) -> Searcher:
    return with_tombstones(root, sealed_in(root, 1))


def written_in_parts(root: Path) -> Searcher:
    return with_tombstones(root, sealed_in(root, NUM_SEGMENTS))


def merged(root: Path) -> Searcher:
    infos = sealed_in(root, NUM_SEGMENTS)
    info = merge(root, [live(i, versions=DEAD_VERSIONS, passages=DEAD_PASSAGES) for i in infos])
    for replaced in infos:
        shutil.rmtree(root / replaced.name)
    return searcher_of(root, live(info))


def merged_twice(root: Path) -> Searcher:
    infos = sealed_in(root, NUM_SEGMENTS)
    halves = [merge(root, [live(i) for i in infos[:3]]), merge(root, [live(i) for i in infos[3:]])]
    return with_tombstones(root, [merge(root, [live(half) for half in halves])])


def copied_elsewhere(root: Path) -> Searcher:
    infos = sealed_in(root, 2)
    shutil.copytree(root, root.with_name("copy"))
    shutil.rmtree(root)
    return with_tombstones(root.with_name("copy"), infos)


def with_tombstones(root: Path, infos: list[SegmentInfo]) -> Searcher:
    return searcher_of(root, *(live(info, versions=DEAD_VERSIONS, passages=DEAD_PASSAGES) for info in infos))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    return written_whole(tmp_path_factory.mktemp("whole") / "index")


@pytest.fixture(scope="module", params=[written_in_parts, merged, merged_twice, copied_elsewhere])
def other(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """The same passages, made in another way."""
    searcher: Searcher = request.param(tmp_path_factory.mktemp("other") / "index")
    return searcher


def hits(searcher: Searcher, **query: object) -> list[tuple[int, int]]:
    found = searcher.search(Query(**{"limit": 30, "depth": 40, **query}))
    assert not found.degraded
    return [(hit.passage_id, hit.version_id) for hit in found.hits]


def test_every_way_of_making_it_gives_the_same_dense_hits(whole: Searcher, other: Searcher) -> None:
    for vector in unit_vectors(20, seed=11):
        assert hits(other, text="?", vector=vector) == hits(whole, text="?", vector=vector)


def test_every_way_of_making_it_finds_the_same_passage_by_its_terms(whole: Searcher, other: Searcher) -> None:
    """Frequencies over all segments weigh the terms, so parts rank as the whole does; only the dead's share differs."""
    for number in range(1, NUM_PASSAGES, 7):
        question = RECORDS[number].text
        ours, theirs = hits(other, text=question), hits(whole, text=question)
        assert ours[0] == theirs[0]
        assert len(set(ours[:10]) & set(theirs[:10])) >= 9


def test_the_dead_are_in_no_list_and_the_living_in_some(other: Searcher) -> None:
    found = other.search(Query(text=" ".join(WORDS), vector=unit_vectors(1)[0], limit=500, depth=500)).hits

    living = [r for r in RECORDS if r.passage_id not in DEAD_PASSAGES and r.version_id not in DEAD_VERSIONS]
    assert sorted(hit.passage_id for hit in found) == [record.passage_id for record in living]


# Damage: each kind of it, in each kind of file.


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """A sealed segment's folder."""
    root = tmp_path / "index"
    return root / seal(root, RECORDS, VECTORS).name


def assert_refused(folder: Path) -> None:
    with pytest.raises(CorruptSegment):
        Segment.open(folder, fingerprint=FINGERPRINT)


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")


def test_a_flipped_bit_is_noticed_wherever_it_is(sound: Path) -> None:
    draw = random.Random(13)
    for path in files_of(sound):
        whole = path.read_bytes()
        places = {0, len(whole) - 1, *(draw.randrange(len(whole)) for _ in range(24))}
        for place in sorted(places):
            damaged = bytearray(whole)
            damaged[place] ^= 1 << draw.randrange(8)
            path.write_bytes(damaged)
            assert_refused(sound)
        path.write_bytes(whole)
    Segment.open(sound, fingerprint=FINGERPRINT)


def test_a_file_cut_short_or_grown_is_noticed(sound: Path) -> None:
    for path in files_of(sound):
        whole = path.read_bytes()
        for damaged in (b"", whole[:-1], whole[: len(whole) // 2], whole + b"\0", bytes(len(whole))):
            path.write_bytes(damaged)
            assert_refused(sound)
        path.write_bytes(whole)


def test_a_missing_file_is_noticed(sound: Path) -> None:
    for path in files_of(sound):
        whole = path.read_bytes()
        path.unlink()
        assert_refused(sound)
        path.write_bytes(whole)


def test_two_files_swapped_are_noticed(sound: Path) -> None:
    paths = files_of(sound)
    for one, other in itertools.pairwise(paths):
        first, second = one.read_bytes(), other.read_bytes()
        if first == second:
            continue
        one.write_bytes(second)
        other.write_bytes(first)
        assert_refused(sound)
        one.write_bytes(first)
        other.write_bytes(second)


@pytest.mark.parametrize("name", [MANIFEST, "vectors.faiss", "ids.npy"])
def test_a_file_of_another_segment_is_noticed(sound: Path, name: str) -> None:
    other = sound.parent / seal(sound.parent, RECORDS[:10], VECTORS[:10]).name
    shutil.copy(other / name, sound / name)

    assert_refused(sound)


def test_another_encoders_index_is_refused(sound: Path) -> None:
    with pytest.raises(FingerprintMismatch):
        Segment.open(sound, fingerprint="another encoder")


def test_a_half_written_folder_is_never_opened(sound: Path) -> None:
    """Whatever is there when the power goes: no name, no manifest, or not all of the files."""
    for path in [each for each in files_of(sound) if each.name != MANIFEST]:
        half = sound.with_name(f"half-{path.name}")
        shutil.copytree(sound, half)
        (half / path.relative_to(sound)).unlink()
        assert_refused(half)
    (sound / MANIFEST).unlink()
    assert_refused(sound)


def test_damage_costs_only_the_damaged_segment(tmp_path: Path) -> None:
    infos = sealed_in(tmp_path, NUM_SEGMENTS)
    (tmp_path / infos[0].name / "vectors.faiss").write_bytes(b"damaged")

    found = searcher_of(tmp_path, *map(live, infos)).search(Query(text=RECORDS[100].text, vector=VECTORS[100]))

    assert found.degraded
    assert found.hits[0].passage_id == 100


def test_every_refusal_is_one_of_the_indexs_own(tmp_path: Path) -> None:
    assert issubclass(CorruptSegment, SearchIndexError)
    with pytest.raises(SearchIndexError):
        Segment.open(tmp_path / "absent", fingerprint=FINGERPRINT)
