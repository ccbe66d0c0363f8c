"""Repeated chunks are indexed once."""

from __future__ import annotations

from ingest.dedupe import text_key, without_repeats
from ingest.types import Chunk


def chunk(text: str, *, start: int) -> Chunk:
    return Chunk(text=text, start=start, end=start + len(text))


def test_the_first_of_equal_chunks_is_kept() -> None:
    kept = without_repeats([chunk("Notice", start=0), chunk("Body", start=10), chunk("notice ", start=20)])

    assert [(each.text, each.start) for each in kept] == [("Notice", 0), ("Body", 10)]


def test_no_chunks_stay_none() -> None:
    assert without_repeats([]) == []


def test_white_space_and_case_do_not_make_a_difference() -> None:
    assert text_key("All  Rights\nreserved") == text_key("all rights reserved")
    assert text_key("a") != text_key("b")
