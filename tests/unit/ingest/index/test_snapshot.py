"""A snapshot is a value: every change makes another, and JSON gives it back."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from ingest.index.snapshot import LiveSegment, Snapshot

ids = st.frozensets(st.integers(1, 1_000), max_size=5)
segments = st.builds(
    LiveSegment, name=st.text("abcdef0123456789", min_size=1), num_chunks=st.integers(0, 10**6),
    dead_versions=ids, dead_passages=ids,
)  # fmt: skip
snapshots = st.builds(
    Snapshot, number=st.integers(0, 10**6), fingerprint=st.text(max_size=20), segments=st.tuples(segments, segments),
    hidden_versions=ids, hidden_passages=ids,
)  # fmt: skip


def segment(name: str, *, dead: frozenset[int] = frozenset()) -> LiveSegment:
    return LiveSegment(name=name, num_chunks=1, dead_versions=dead)


@given(snapshots)
def test_json_gives_it_back(snapshot: Snapshot) -> None:
    assert Snapshot.from_json(json.loads(json.dumps(snapshot.to_json()))) == snapshot


def test_a_version_dies_in_every_segment_now_live_and_in_none_that_comes_later() -> None:
    before = Snapshot().with_segment(segment("a")).with_segment(segment("b"))

    after = before.without_versions(frozenset({3})).with_segment(segment("c"))

    assert [s.dead_versions for s in after.segments] == [frozenset({3}), frozenset({3}), frozenset()]
    assert all(not s.dead_versions for s in before.segments)


def test_tombstones_add_up() -> None:
    snapshot = Snapshot(segments=(segment("a", dead=frozenset({1})),))

    assert snapshot.without_versions(frozenset({2})).segments[0].dead_versions == {1, 2}


def test_a_merged_segment_takes_the_place_of_those_it_was_made_from() -> None:
    before = Snapshot(segments=(segment("a"), segment("b"), segment("c")))

    after = before.replacing(["a", "c"], segment("ac"))

    assert [s.name for s in after.segments] == ["b", "ac"]


def test_what_is_hidden_is_dead_to_a_search_alone() -> None:
    snapshot = Snapshot(segments=(segment("a", dead=frozenset({1})),))

    hidden = snapshot.hiding(versions=frozenset({2}), passages=frozenset({8}))

    assert hidden.segments == snapshot.segments
    assert (hidden.searchable[0].dead_versions, hidden.searchable[0].dead_passages) == ({1, 2}, {8})
    assert hidden.hiding(versions=frozenset(), passages=frozenset()).searchable == snapshot.segments


def test_a_passage_dies_in_every_segment_now_live_and_may_live_in_one_that_comes_later() -> None:
    after = Snapshot(segments=(segment("a"),)).without_passages(frozenset({5})).with_segment(segment("b"))

    assert [s.dead_passages for s in after.segments] == [frozenset({5}), frozenset()]


def test_a_snapshot_of_before_anything_could_be_hidden_hides_nothing() -> None:
    value = Snapshot(segments=(segment("a"),)).to_json()
    del value["hidden_versions"], value["hidden_passages"]

    assert Snapshot.from_json(value).searchable == (segment("a"),)
