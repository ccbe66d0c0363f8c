"""A table's row is read by its columns' names: the right cell, whole, of the right row; prose is left as it was."""

from __future__ import annotations

import pytest

from inference.calibration import Candidate, ranked
from inference.reading.tables import LOOKED_UP, settled

PRICES = """Products

Product | Name | Price (GBP) | Warranty | Delivery time
Product: FI-100 | Name: Rain gauge | Price (GBP): 149 | Warranty: 2 years | Delivery time: 3 days
Product: FI-200 | Name: Weather station | Price (GBP): 680 | Warranty: 3 years | Delivery time: 5 days
Product: FI-900 | Name: Reference barometer | Price (GBP): 3100 | Warranty: 5 years | Delivery time: 6 weeks"""
CUPS = """Blues | STL | 1
Flyers | PHI | 2
Maple Leafs | TOR | 13"""
TERMS = """LRS | Linear Reference System
NRCan | Natural Resources Canada"""
NATIONS = """Indonesia | Germany | France
Capital | Indonesia: Jakarta | Germany: Berlin | France: Paris
Population | Indonesia: 273.8 | Germany: 83.1 | France: 67.4"""
RECEIPT = """USB hub with seven ports 2 @ $79.99 $159.98
Portable disk 2TB 1 @ $289.00 Discount $-29.00 $260.00
TOTAL $419.98"""
PROSE = "The mill opened in 1912: it was the first | and the last | of its kind."


def at(passage: str, text: str, *, margin: float = 3.0, number: int = 0, after: str = "") -> Candidate:
    start = passage.index(text, passage.index(after))
    return Candidate(passage=number, start=start, end=start + len(text), margin=margin)


def answer(question: str, *candidates: Candidate, passages: tuple[str, ...] = (PRICES,)) -> str:
    best = ranked(passages, settled(question, passages, candidates))[0]
    return passages[best.passage][best.start : best.end]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is the warranty of the FI-200?", "3 years"),
        ("How much does the rain gauge cost?", "149"),
        ("What is the price of the FI-900?", "3100"),
        ("How long does delivery of the reference barometer take?", "6 weeks"),
        ("Which product has a delivery time of 3 days?", "FI-100"),
    ],
)
def test_a_cell_is_looked_up_by_its_column_and_its_row(question: str, expected: str):
    wrong = at(PRICES, "6 weeks" if expected != "6 weeks" else "5 days", margin=9.0)

    assert answer(question, wrong) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many square kilometres does Finland have?", "338,424"),
        ("How many inhabitants has Finland?", "5.5"),
        ("How many people visit Finland?", "Helsinki"),
    ],
)
def test_a_column_is_known_by_what_people_call_it_and_by_nothing_looser(question: str, expected: str):
    table = "Country | Population (millions) | Area (km2) | Capital\n" + "\n".join(
        f"Country: {name} | Population (millions): {people} | Area (km2): {area} | Capital: {capital}"
        for name, people, area, capital in [("Finland", 5.5, "338,424", "Helsinki"), ("Malta", 0.5, "316", "Valletta")]
    )

    assert answer(question, at(table, "Helsinki"), passages=(table,)) == expected


@pytest.mark.parametrize(
    ("column", "expected"), [("population", "83,190,556"), ("remark", "[2]"), ("chapter", "see [4] there")]
)
def test_a_value_ends_before_the_marks_of_its_notes(column: str, expected: str):
    table = "Country: Germany | Population: 83,190,556[2] | Capital: Berlin[4] | Remark: [2] | Chapter: see [4] there"

    assert answer(f"What is the {column} of Germany?", at(table, "Berlin"), passages=(table,)) == expected


def test_what_is_looked_up_is_surer_than_what_was_read():
    found = settled("What is the warranty of the FI-200?", [PRICES], [at(PRICES, "6 weeks", margin=15.0)])

    assert max(candidate.margin for candidate in found) > 15.0 > LOOKED_UP


def test_a_column_without_a_row_moves_the_answer_within_the_row_that_was_read():
    assert answer("How long is the warranty?", at(PRICES, "6 weeks", margin=6.8)) == "5 years"


def test_an_answer_ends_with_its_cell():
    assert answer("What about the barometer?", at(PRICES, "5 years | Delivery time: 6 weeks")) == "5 years"


def test_the_cell_of_the_column_that_is_asked_for_is_whole():
    plans = "Plan: Basic | Hours: Monday to Friday, 9:00 to 17:00"

    assert answer("Which hours does it cover?", at(plans, "Monday to Friday"), passages=(plans,)) == (
        "Monday to Friday, 9:00 to 17:00"
    )


def test_a_stop_after_a_number_is_not_of_the_cell():
    costs = "Labour: 9 hours | Cost on operators: $6,205."

    assert answer("What is the cost on operators?", at(costs, "$6"), passages=(costs,)) == "$6,205"


def test_of_a_long_text_in_a_cell_the_answer_is_what_was_read():
    plans = f"Plan: Basic | Hours: Monday to Friday, {'and so on, ' * 9}from 9:00"

    assert answer("Which hours does it cover?", at(plans, "Monday to Friday"), passages=(plans,)) == "Monday to Friday"


def test_a_columns_name_is_no_answer():
    assert settled("What about it?", [PRICES], [at(PRICES, "Warranty", after="FI-900")]) == []


def test_rows_that_disagree_are_not_decided_between():
    two = PRICES.replace("FI-900", "FI-200")
    read = at(two, "3 years")

    assert settled("What is the warranty of the FI-200?", [two], [read]) == [read]


def test_a_product_that_no_row_knows_is_not_looked_up():
    read = at(PRICES, "5 years", margin=-3.0)

    assert settled("What is the warranty of the AQ-7?", [PRICES], [read]) == [read]


def test_prose_is_left_alone():
    read = at(PROSE, "1912")

    assert settled("When did the mill open?", [PROSE], [read]) == [read]


def test_the_row_may_stand_in_any_passage():
    assert answer("What is the price of the FI-100?", at(PROSE, "1912"), passages=(PROSE, PRICES)) == "149"


@pytest.mark.parametrize(
    ("question", "table", "read", "expected"),
    [
        ("How many cups did the Maple Leafs win?", CUPS, "2", "13"),
        ("What does NRCan stand for?", TERMS, "Linear Reference System", "Natural Resources Canada"),
    ],
)
def test_an_answer_moves_to_the_row_that_the_question_names(question: str, table: str, read: str, expected: str):
    assert answer(question, at(table, read), passages=(table,)) == expected


@pytest.mark.parametrize(
    ("question", "expected"), [("How much did the portable disk cost?", "$260.00"), ("What was the total?", "$419.98")]
)
def test_an_answer_moves_to_the_line_of_a_receipt_that_is_meant(question: str, expected: str):
    assert answer(question, at(RECEIPT, "$159.98"), passages=(RECEIPT,)) == expected


def test_an_answer_of_a_receipt_that_is_no_amount_stays():
    assert answer("How many terabytes are there?", at(RECEIPT, "seven"), passages=(RECEIPT,)) == "seven"


def test_an_answer_stays_in_a_row_that_the_question_has_a_word_of():
    assert answer("How many cups did the Flyers win against the Blues?", at(CUPS, "2"), passages=(CUPS,)) == "2"


def test_rows_without_names_are_not_looked_up():
    assert settled("How many cups did the Blues win?", [CUPS], []) == []


@pytest.mark.parametrize(
    ("question", "expected"), [("What is the population of Germany?", "83.1"), ("What is France's capital?", "Paris")]
)
def test_a_row_may_be_named_by_a_cell_without_a_column_name(question: str, expected: str):
    assert answer(question, at(NATIONS, "273.8"), passages=(NATIONS,)) == expected


def test_how_much_it_is_asks_for_its_price():
    assert answer("How much is the FI-900?", at(PRICES, "5 days")) == "3100"


def test_the_row_of_a_thing_goes_before_rows_that_mention_it():
    parts = PRICES + "\nPart: P-9 | Fits: FI-900 | Price (GBP): 7"

    assert answer("What is the price of the FI-900?", at(parts, "5 days"), passages=(parts,)) == "3100"
