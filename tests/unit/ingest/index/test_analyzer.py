"""Passages and questions become the same terms, in every script, whatever their spelling."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.index.analyzer import query_terms, terms_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Running", "runs"),
        ("Café", "cafe"),
        ("ﬁle", "file"),
        ("ＡＢＣ", "abc"),
        ("STRASSE", "straße"),
        ("e\u0301tude", "étude"),
        ("the dog's bowl", "the dog bowl"),
        ("the dogs’ bowl", "the dog bowl"),
    ],
)
def test_spellings_of_one_word_are_one_term(one: str, other: str) -> None:
    assert terms_of(one) == terms_of(other)


def test_an_identifier_is_found_whole_and_by_its_parts() -> None:
    terms = terms_of("Set max_batch-size to 8.")

    assert "max_batch-size" in terms
    assert {"max", "batch", "size"} <= set(terms)


@pytest.mark.parametrize("identifier", ["3.14", "ISO-9001", "a@example.org", "src/main.py", "2024-05-01"])
def test_the_same_identifier_in_a_question_matches(identifier: str) -> None:
    assert identifier.casefold() in terms_of(f"See {identifier}, please.")
    assert identifier.casefold() in query_terms(f"What is {identifier}?")


def test_scripts_without_spaces_become_overlapping_bigrams() -> None:
    assert terms_of("知识库") == ["知识", "识库"]
    assert terms_of("東京タワー")[:2] == ["東京", "京タ"]


def test_a_lone_character_is_a_term() -> None:
    assert terms_of("水 and 火") == ["水", "and", "火"]


def test_mixed_scripts_are_cut_at_their_border() -> None:
    assert terms_of("使用Redis缓存") == ["使用", "redi", "缓存"]


def test_terms_keep_order_and_repetition() -> None:
    assert terms_of("rain rain go") == ["rain", "rain", "go"]


def test_a_questions_frame_is_left_out() -> None:
    assert query_terms("What is the capital of France?") == ["capit", "franc"]
    assert query_terms("请问长江有多少公里？") == query_terms("长江有 公里")


def test_the_frame_of_a_question_in_traditional_characters_is_left_out() -> None:
    assert query_terms("什麼是公積金？") == query_terms("是公積金")
    assert query_terms("會議在哪裡舉行嗎") == query_terms("會議在 舉行")


def test_a_question_of_nothing_but_frame_keeps_all_of_it() -> None:
    assert query_terms("Who are you?") == ["who", "are", "you"]
    assert query_terms("什么") == ["什么"]


def test_a_questions_terms_are_distinct() -> None:
    assert query_terms("rain after rain") == ["rain", "after"]


@pytest.mark.parametrize("text", ["", " \n\t", "?!…—", "\x00", "\ud800", "🙂🙂"])
def test_text_without_words_has_no_terms(text: str) -> None:
    assert terms_of(text) == []
    assert query_terms(text) == []


def test_a_monstrous_word_is_cut() -> None:
    assert all(len(term) <= 64 for term in terms_of("x" * 10_000 + " " + "a-" * 5_000))


@given(st.text(max_size=200))
def test_no_term_holds_a_space_so_that_terms_can_be_kept_as_a_line(text: str) -> None:
    terms = terms_of(text)

    assert " ".join(terms).split() == terms


@given(st.text(max_size=200))
def test_a_questions_terms_are_terms_of_its_text_or_of_what_is_left_of_it(text: str) -> None:
    assert bool(query_terms(text)) == bool(terms_of(text))


def test_threads_get_the_terms_they_would_get_alone() -> None:
    texts = [f"running dogs {number} jumped over walls" for number in range(200)]

    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(terms_of, texts))

    assert together == [terms_of(text) for text in texts]
