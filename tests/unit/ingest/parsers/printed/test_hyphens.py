"""Hyphens at lines' ends, judged by the words of the document."""

from __future__ import annotations

import pytest

from ingest.parsers.printed.hyphens import Words

WORDS = Words.of(
    ["A dual-encoder reads; state-of-the-art is pre\u2010training.", "Retrieval of pretraining and re-", "trieval"]
)


@pytest.mark.parametrize(
    ("text", "line", "joined"),
    [
        ("a dual-", "encoder reads", "a dual-encoder reads"),
        ("The Dual-", "encoder.", "The Dual-encoder."),
        ("state-of-the-", "art", "state-of-the-art"),
        ("pre-", "training", "pre-training"),
        ("re-", "trieval", "retrieval"),
        ("FAA-", "approved parts", "FAA-approved parts"),
        ("com-", "plementary", "complementary"),
        ("2018-", "2020", "2018-2020"),
        ("no hyphen", "here", "no hyphen here"),
    ],
)
def test_a_hyphen_stays_where_the_document_has_it(text: str, line: str, joined: str) -> None:
    assert WORDS.join_line(text, line) == joined
