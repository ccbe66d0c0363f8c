"""BM25 over a segment's terms: any may match, rare ones weigh more, and the dead are never among the hits."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.index.lexical import Lexical, inverse_frequency, lexical_write

LINES = ["apple pear", "apple apple plum", "cherry", "pear cherry", "plum"]
# two chunks a version: 0 and 1 are version 0, 2 and 3 version 1, 4 version 2
VERSIONS = [0, 0, 1, 1, 2]
PASSAGES = [100, 101, 102, 103, 104]


@pytest.fixture
def lexical(tmp_path: Path) -> Lexical:
    lexical_write(tmp_path, LINES, VERSIONS, PASSAGES)
    return Lexical(tmp_path)


def found(
    lexical: Lexical,
    *terms: str,
    k: int = 10,
    dead_versions: frozenset[int] = frozenset(),
    dead_passages: frozenset[int] = frozenset(),
    only_versions: frozenset[int] | None = None,
) -> list[int]:
    idf = {term: inverse_frequency(lexical.frequency(term), len(lexical)) for term in terms}
    _, ordinals = lexical.search(
        idf, k, dead_versions=dead_versions, dead_passages=dead_passages, only_versions=only_versions
    )
    return [int(ordinal) for ordinal in ordinals]


def test_any_term_may_match_and_more_matches_come_first(lexical: Lexical) -> None:
    ordinals = found(lexical, "pear", "cherry")

    assert ordinals[0] == 3
    assert sorted(ordinals) == [0, 2, 3]


def test_a_rarer_term_weighs_more() -> None:
    weights = [inverse_frequency(held, 1_000) for held in (1, 10, 500, 1_000)]

    assert weights == sorted(weights, reverse=True)
    assert weights[-1] > 0


def test_a_term_that_stands_nowhere_finds_nothing(lexical: Lexical) -> None:
    assert found(lexical, "quince") == []
    assert found(lexical) == []


def test_dead_versions_and_passages_are_left_out(lexical: Lexical) -> None:
    assert found(lexical, "apple", dead_versions=frozenset({0})) == []
    assert found(lexical, "cherry", dead_passages=frozenset({102})) == [3]


def test_a_limit_to_versions_holds(lexical: Lexical) -> None:
    assert found(lexical, "plum", only_versions=frozenset({2})) == [4]
    assert found(lexical, "plum", only_versions=frozenset()) == []
    assert found(lexical, "apple", only_versions=frozenset({1, 2})) == []


def test_the_limit_is_filled_by_the_living(lexical: Lexical) -> None:
    assert found(lexical, "plum", k=1, dead_versions=frozenset({0})) == [4]


def test_a_filter_changes_no_score(lexical: Lexical) -> None:
    idf = {"plum": inverse_frequency(2, 5)}
    nobody = frozenset[int]()

    free, _ = lexical.search(idf, 1, dead_versions=nobody, dead_passages=nobody, only_versions=None)
    limited, _ = lexical.search(idf, 1, dead_versions=nobody, dead_passages=nobody, only_versions=frozenset({2}))

    assert limited[0] == pytest.approx(free[0])


def test_terms_come_back_in_ordinal_order(lexical: Lexical) -> None:
    assert lexical.all_terms() == LINES


def test_what_matched_is_told(lexical: Lexical) -> None:
    told = lexical.matched([4, 0], frozenset({"pear", "apple"}))

    assert told == {0: ("apple", "pear"), 4: ()}
    assert lexical.matched([], frozenset({"pear"})) == {}


def test_frequencies_are_counted_in_chunks(lexical: Lexical) -> None:
    assert (lexical.frequency("apple"), lexical.frequency("quince")) == (2, 0)


def test_an_empty_index_opens_and_finds_nothing(tmp_path: Path) -> None:
    lexical_write(tmp_path, [], [], [])
    empty = Lexical(tmp_path)

    assert len(empty) == 0
    assert empty.all_terms() == []
    assert found(empty, "apple") == []


def test_a_chunk_without_terms_keeps_its_ordinal(tmp_path: Path) -> None:
    lexical_write(tmp_path, ["", "apple", ""], [1, 1, 1], [1, 2, 3])
    lexical = Lexical(tmp_path)

    assert len(lexical) == 3
    assert lexical.all_terms() == ["", "apple", ""]
    assert found(lexical, "apple") == [1]
