"""An answer stays within one block of text and holds numbers and codes whole; all else is left as it was read."""

from __future__ import annotations

import pytest

from inference.calibration import Candidate
from inference.reading.spans import whole


def grown(passage: str, read: str) -> str:
    start = passage.index(read)
    found = whole(passage, Candidate(passage=0, start=start, end=start + len(read), margin=1.0))
    return passage[found.start : found.end]


@pytest.mark.parametrize(
    ("passage", "read", "expected"),
    [
        ("Englert was paid 25,499.96 in all.", "25,499", "25,499.96"),
        ("Indonesia: 273.879.750 people", "750", "273.879.750"),
        ("RIN 2120–AA64 is its number.", "2120", "2120–AA64"),
        ("The FI-200 and others", "200", "FI-200"),
        ("It was COVID-19.", "COVID", "COVID-19"),
        ("Write to Jade.Maloney@artd.com.au today.", "artd.com", "Jade.Maloney@artd.com.au"),
        ("It is at https://a.example/x?y=1. No more.", "a.example", "https://a.example/x?y=1"),
        ("Attached is broken.pdf, as asked.", "broken", "broken.pdf"),
    ],
)
def test_a_number_or_a_code_is_whole(passage: str, read: str, expected: str):
    assert grown(passage, read) == expected


@pytest.mark.parametrize(
    ("passage", "read"),
    [
        ("They won 24–10.", "24"),
        ("He played there 1986–1990.", "1986"),
        ("It lasted 37.5 hours, 8 of them by night.", "37.5"),
        ("It closed in 1912, 1920 and 1931.", "1912"),
        ("The well-known mill", "known"),
        ("in 2012. Then", "2012"),
    ],
)
def test_ranges_scores_and_words_are_left_alone(passage: str, read: str):
    assert grown(passage, read) == read


def test_an_answer_does_not_run_on_from_a_heading_into_its_paragraph():
    passage = "Updating\n\nConnect the base to a computer."

    assert grown(passage, "Updating\n\nConnect the base") == "Connect the base"


def test_an_answer_over_several_lines_of_one_block_is_left_alone():
    assert grown("his best\nfriend's heel", "best\nfriend") == "best\nfriend"
