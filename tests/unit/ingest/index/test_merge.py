"""Merging: which segments and when; what comes out holds the living alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ingest.index.errors import CorruptSegment, SearchIndexError
from ingest.index.merge import MergePolicy, merge
from ingest.index.segment import IDS, Segment
from ingest.index.snapshot import LiveSegment
from tests.segments import FINGERPRINT, live, records_of, seal, unit_vectors


def segments(*sizes: int) -> list[LiveSegment]:
    return [LiveSegment(name=str(number), num_chunks=size) for number, size in enumerate(sizes)]


def test_a_few_segments_are_left_alone() -> None:
    assert MergePolicy(fan_in=8).choose(segments(*[10] * 7)) == ()


def test_segments_of_about_one_size_are_merged_together() -> None:
    chosen = MergePolicy(fan_in=3, smallest=100).choose(segments(10, 50_000, 20, 30))

    assert [segment.num_chunks for segment in chosen] == [10, 20, 30]


def test_the_smallest_full_tier_goes_first() -> None:
    chosen = MergePolicy(fan_in=2, smallest=100, growth=10).choose(segments(500, 5, 600, 6))

    assert [segment.num_chunks for segment in chosen] == [5, 6]


def test_merging_again_and_again_leaves_few_segments_and_copies_each_chunk_seldom() -> None:
    policy, held, copied = MergePolicy(), [], 0
    for number in range(2_000):
        held.append(LiveSegment(name=str(number), num_chunks=20))
        while chosen := policy.choose(held):
            size = sum(segment.num_chunks for segment in chosen)
            copied += size
            held = [segment for segment in held if segment not in chosen]
            held.append(LiveSegment(name=f"m{number}-{size}", num_chunks=size))

    assert len(held) < 4 * policy.fan_in
    assert copied < 6 * 2_000 * 20


def test_the_merged_segment_holds_the_living_in_order(root: Path) -> None:
    one = seal(root, records_of(["zero", "one", "two"]), unit_vectors(3, seed=1))
    two = seal(root, records_of(["three", "four"], first=3), unit_vectors(2, seed=2))

    merged = merge(root, [live(one, passages=frozenset({1})), live(two, versions=frozenset({4}))])

    opened = Segment.open(root / merged.name, fingerprint=FINGERPRINT)
    assert opened.passage_ids.tolist() == [0, 2, 3]
    assert opened.lexical.all_terms() == ["zero", "two", "three"]
    expected = np.concatenate([unit_vectors(3, seed=1)[[0, 2]], unit_vectors(2, seed=2)[:1]])
    np.testing.assert_array_equal(opened.vectors.all(), expected)


def test_what_was_merged_is_left_as_it_was(root: Path) -> None:
    one, two = seal(root, records_of(["zero"])), seal(root, records_of(["one"], first=1))

    merge(root, [live(one), live(two)])

    for info in (one, two):
        assert Segment.open(root / info.name, fingerprint=FINGERPRINT).num_chunks == 1


def test_a_damaged_segment_is_not_merged_into_a_sound_one(root: Path) -> None:
    one, two = seal(root, records_of(["zero"])), seal(root, records_of(["one"], first=1))
    (root / two.name / IDS).write_bytes(b"damaged")

    with pytest.raises(CorruptSegment):
        merge(root, [live(one), live(two)])

    assert len(list(root.iterdir())) == 2


def test_where_all_are_dead_an_empty_segment_remains(root: Path) -> None:
    info = seal(root, records_of(["zero", "one"]))

    assert merge(root, [live(info, versions=frozenset({0, 1}))]).num_chunks == 0


def test_there_must_be_something_to_merge(root: Path) -> None:
    with pytest.raises(SearchIndexError):
        merge(root, [])
