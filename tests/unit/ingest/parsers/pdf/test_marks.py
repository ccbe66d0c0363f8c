"""Raised digits: notes' marks, powers and units."""

from __future__ import annotations

import pytest

from ingest.parsers.pdf.marks import raised, set_apart


@pytest.mark.parametrize(
    ("drawn", "written"),
    [
        ("83,190,556²", "83,190,556[2]"),
        ("as of 2020¹ and", "as of 2020[1] and"),
        ("in practice², indeed", "in practice[2], indeed"),
        ("had been said.¹² The", "had been said.[12] The"),
        ("the system (MCAS)⁸ can", "the system (MCAS)[8] can"),
        ("the system ² does", "the system [2] does"),
        ("¹The code", "[1] The code"),
        ("keepers¹,²", "keepers[1][2]"),
        ("5 × 10⁻⁵", "5 × 10^-5"),
        ("2²⁰ of them", "2^20 of them"),
        ("12 km² of m⁻¹", "12 km² of m⁻¹"),
        ("(a+b)²", "(a+b)²"),
    ],
)
def test_notes_are_set_apart_and_units_stay(drawn: str, written: str) -> None:
    assert set_apart(drawn) == written


def test_a_mark_is_written_as_it_is_drawn() -> None:
    assert raised("10,−2") == "¹⁰,⁻²"
