"""Search over many segments as if they were one: the living alone, filters inside, damage left out and said."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ingest.index.errors import FingerprintMismatch
from ingest.index.searcher import Searcher, SegmentCache
from ingest.index.segment import IDS
from ingest.index.snapshot import Snapshot
from ingest.index.types import Query
from tests.segments import FINGERPRINT, found_ids, live, records_of, seal, searcher_of, unit_vectors

TEXTS = ["The red apple.", "A green pear.", "The blue plum and the red cherry.", "A yellow quince."]


class Due:
    """A deadline that has this much left, whatever the clock says."""

    def __init__(self, remaining_s: float) -> None:
        self.remaining_s = remaining_s


def test_a_passage_is_found_by_its_words_and_by_its_vector(root: Path) -> None:
    searcher = searcher_of(root, live(seal(root, records_of(TEXTS))))

    assert found_ids(searcher, text="quince") == [3]
    assert found_ids(searcher, text="?", vector=unit_vectors(4)[2])[0] == 2


def test_a_hit_tells_its_ranks_scores_and_terms(root: Path) -> None:
    searcher = searcher_of(root, live(seal(root, records_of(TEXTS, per_version=2))))

    hit = searcher.search(Query(text="red cherry", vector=unit_vectors(4)[2])).hits[0]

    assert (hit.passage_id, hit.version_id) == (2, 1)
    assert (hit.dense_rank, hit.lexical_rank) == (1, 1)
    assert hit.dense_score == pytest.approx(1.0, abs=1e-5)
    assert hit.terms == ("cherri", "red")


def test_a_hit_only_one_list_holds_says_so(root: Path) -> None:
    searcher = searcher_of(root, live(seal(root, records_of(TEXTS))))

    hit = searcher.search(Query(text="quince")).hits[0]

    assert (hit.dense_rank, hit.dense_score, hit.lexical_rank) == (None, None, 1)


def test_tombstones_are_left_out_inside_the_search(root: Path) -> None:
    info = seal(root, records_of(["apple"] * 50))
    dead = frozenset(range(40))

    by_terms = found_ids(searcher_of(root, live(info, versions=dead)), text="apple", limit=10, depth=10)
    by_vector = found_ids(searcher_of(root, live(info, passages=dead)), vector=unit_vectors(50)[3], limit=10, depth=10)

    assert sorted(by_terms) == sorted(by_vector) == list(range(40, 50))


def test_what_is_hidden_is_found_by_neither_list_and_comes_back(root: Path) -> None:
    pinned = Snapshot(number=1, fingerprint=FINGERPRINT, segments=(live(seal(root, records_of(TEXTS))),))
    hidden = pinned.hiding(versions=frozenset({3}), passages=frozenset({2}))

    for snapshot, expected in ((pinned, [0, 1, 2, 3]), (hidden, [0, 1])):
        searcher = Searcher(root, [snapshot], fingerprint=FINGERPRINT)
        assert sorted(found_ids(searcher, text="the red plum and quince", vector=unit_vectors(4)[2])) == expected


def test_a_limit_to_versions_is_kept_inside_the_search(root: Path) -> None:
    searcher = searcher_of(root, live(seal(root, records_of(["apple"] * 50))))

    wanted = frozenset({7, 31})
    found = found_ids(searcher, text="apple", vector=unit_vectors(50)[3], version_ids=wanted, limit=5, depth=5)

    assert set(found) == wanted


def test_an_empty_limit_finds_nothing(root: Path) -> None:
    searcher = searcher_of(root, live(seal(root, records_of(TEXTS))))

    assert found_ids(searcher, text="apple", vector=unit_vectors(4)[0], version_ids=frozenset()) == []


def test_scores_compare_across_segments(root: Path) -> None:
    """A word that is common in one segment and rare in the other weighs the same in both."""
    crowd = seal(root, records_of([f"apple and word{n}" for n in range(40)]))
    lonely = seal(root, records_of(["apple and wordless", "plum or nothing"], first=100))

    hits = searcher_of(root, live(crowd), live(lonely)).search(Query(text="apple", limit=50)).hits

    scores = {hit.passage_id: hit.lexical_score for hit in hits}
    assert scores[100] == pytest.approx(scores[0], rel=0.15)


def test_no_snapshot_finds_nothing(root: Path) -> None:
    found = Searcher(root, [], fingerprint=FINGERPRINT).search(Query(text="apple", vector=unit_vectors(1)[0]))

    assert (found.hits, found.degraded) == ((), False)


def test_a_damaged_segment_is_left_out_alone_and_said(root: Path) -> None:
    sound, damaged = seal(root, records_of(["apple"])), seal(root, records_of(["apple pie"], first=1))
    (root / damaged.name / IDS).write_bytes(b"damaged")

    searcher = searcher_of(root, live(sound), live(damaged))
    found = searcher.search(Query(text="apple"))

    assert [hit.passage_id for hit in found.hits] == [0]
    assert found.degraded
    assert searcher.missing == [damaged.name]


def test_an_absent_segment_is_left_out_alone_and_said(root: Path) -> None:
    sound, absent = seal(root, records_of(["apple"])), seal(root, records_of(["apple"], first=1))
    shutil.rmtree(root / absent.name)

    searcher = searcher_of(root, live(sound), live(absent))

    assert searcher.missing == [absent.name]
    assert found_ids(searcher, text="apple") == [0]


def test_vectors_of_different_encoders_never_meet(root: Path) -> None:
    info = seal(root, records_of(["apple"]))
    snapshot = Snapshot(number=1, fingerprint=FINGERPRINT, segments=(live(info),))

    with pytest.raises(FingerprintMismatch):
        Searcher(root, [snapshot], fingerprint="another encoder")


def test_with_no_time_left_the_terms_alone_answer(root: Path) -> None:
    searcher = searcher_of(root, live(seal(root, records_of(TEXTS))))
    query = Query(text="quince", vector=unit_vectors(4)[0])

    late, timely = searcher.search(query, deadline=Due(0.0)), searcher.search(query, deadline=Due(1.0))

    assert ([hit.passage_id for hit in late.hits], late.degraded) == ([3], True)
    assert (len(timely.hits), timely.degraded) == (4, False)


def test_a_searcher_keeps_its_segments_when_their_files_go(root: Path) -> None:
    info = seal(root, records_of(TEXTS))
    searcher = searcher_of(root, live(info))

    shutil.rmtree(root / info.name)

    assert found_ids(searcher, text="quince", vector=unit_vectors(4)[3])[0] == 3


def test_searchers_share_open_segments_and_the_oldest_unused_goes(root: Path) -> None:
    cache, infos = SegmentCache(max_segments=2), [seal(root, records_of([text])) for text in TEXTS[:3]]

    first = cache.get(root, infos[0].name, FINGERPRINT)
    cache.get(root, infos[1].name, FINGERPRINT)
    assert cache.get(root, infos[0].name, FINGERPRINT) is first
    cache.get(root, infos[2].name, FINGERPRINT)

    assert cache.get(root, infos[0].name, FINGERPRINT) is first
    assert len(cache) == 2


def test_threads_get_the_hits_they_would_get_alone(root: Path) -> None:
    vectors = unit_vectors(200)
    searcher = searcher_of(root, live(seal(root, records_of([f"word{n} apple" for n in range(200)]), vectors)))

    def ask(number: int) -> list[int]:
        return found_ids(searcher, text=f"word{number} apple", vector=vectors[number], limit=10)

    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(ask, range(200)))

    assert together == [ask(number) for number in range(200)]
    assert [found[0] for found in together] == list(range(200))
