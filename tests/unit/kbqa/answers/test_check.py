"""What was written is held against the passages: what they say passes with its quote, what they do not never does."""

from collections.abc import Sequence

import numpy as np
import pytest

from kbqa.answers.check import Checked, Checker, Fault

HANDBOOK = (
    "Full-time staff have 25 days of annual leave a year, and part-time staff 15 days. It is booked in the portal. "
    "Pets are not allowed in the office. The office at Aston was built in 1912."
)
WOOD = (
    "The oldest oak in Harrow Wood was planted in 1641. Foresters count its rings every spring. It fell in 2003 after "
    "a storm, and its wood was given to the school."
)
TEA = "绿茶应当用八十度左右的水冲泡。红茶可以用沸水冲泡。茶叶要放在阴凉干燥的地方，不能晒太阳。"
PASSAGES = [HANDBOOK, WOOD, TEA]
CONTEXTS = ["Staff handbook › Leave", "Trees of Aston", "茶"]
SYNONYMS = {("constructed", "built"), ("yearly", "annual")}


def cosines(some: Sequence[str], others: Sequence[str]) -> np.ndarray:
    return np.array([[float((one, other) in SYNONYMS) for other in others] for one in some])


def check(sentence: str) -> Checked:
    return Checker(PASSAGES, CONTEXTS, cosines).check(sentence)


def quotes(sentence: str) -> list[str]:
    checked = check(sentence)
    assert checked.fault is None, checked.fault
    return [PASSAGES[quote.passage][quote.start : quote.end] for quote in checked.quotes]


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("Full-time staff have 25 days of annual leave [1].", "Full-time staff have 25 days"),
        ("Part-time staff have fifteen days of leave [1].", "Full-time staff have 25 days"),
        ("According to the Staff handbook, pets are not allowed [1].", "Pets are not allowed in the office."),
        ("The oldest oak was planted in 1641 [2].", "The oldest oak in Harrow Wood was planted in 1641."),
        ("The office at Aston was constructed in 1912.", "The office at Aston was built in 1912."),
        ("绿茶用80度左右的水冲泡[3]。", "绿茶应当用八十度左右的水冲泡。"),
        ("茶叶应放在阴凉干燥的地方。", "茶叶要放在阴凉干燥的地方，不能晒太阳。"),
    ],
)
def test_what_a_passage_says_passes_with_the_sentence_that_says_it(sentence: str, quote: str):
    assert quotes(sentence)[0].startswith(quote)


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("Full-time staff have 26 days of annual leave [1].", Fault.FIGURE),
        ("Full-time staff have 25 weeks of annual leave [1].", Fault.FIGURE),
        ("Full-time staff have 15 days of annual leave [1].", Fault.MIXED),
        ("Boris planted the oldest oak in 1641 [2].", Fault.NAME),
        ("The oldest oak in Barrow Wood was planted in 1641 [2].", Fault.NAME),
        ("Pets are allowed in the office [1].", Fault.DENIAL),
        ("The office at Aston was not built in 1912.", Fault.DENIAL),
        ("Full-time staff have at least 25 days of annual leave.", Fault.LIMIT),
        ("Foresters count its leaves every spring.", Fault.WORDS),
        ("The oldest oak in Harrow Wood was planted in 1641 for the king.", Fault.WORDS),
        ("绿茶应当用沸水冲泡。", Fault.WORDS),
        ("红茶应当用八十度左右的水冲泡。", Fault.WORDS),
        ("茶叶能晒太阳。", Fault.DENIAL),
        ("[1]", Fault.EMPTY),
        ("...", Fault.EMPTY),
    ],
)
def test_what_no_passage_says_is_dropped_with_the_reason(sentence: str, fault: Fault):
    checked = check(sentence)

    assert (checked.fault, checked.quotes) == (fault, ())


def test_a_sentence_of_two_clauses_has_a_quote_for_each():
    assert quotes("The oldest oak in Harrow Wood was planted in 1641, and foresters count its rings every spring.") == [
        "The oldest oak in Harrow Wood was planted in 1641.",
        "Foresters count its rings every spring.",
    ]


def test_a_clause_without_a_name_is_not_borne_by_another_passage():
    assert check("The office at Aston was built in 1912, and it fell in 2003.").fault


def test_a_sentence_that_points_back_is_quoted_with_what_it_points_at():
    passages = ["The Harrow oak is a tree of the county. It was planted in 1641."]

    checked = Checker(passages, [""], cosines).check("The Harrow oak was planted in 1641.")

    assert [(quote.start, quote.end) for quote in checked.quotes] == [(0, len(passages[0]))]


def test_the_wrong_number_of_a_passage_is_only_a_hint():
    assert quotes("The oldest oak was planted in 1641 [1].") == ["The oldest oak in Harrow Wood was planted in 1641."]


def test_of_two_passages_that_say_it_the_cited_one_is_quoted():
    checked = Checker([WOOD, WOOD], ["", ""], cosines).check("The oldest oak was planted in 1641 [2].")

    assert checked.quotes[0].passage == 1


def test_every_sentence_of_a_passage_bears_itself():
    for passage in PASSAGES:
        checker = Checker([passage], [""], cosines)
        for sentence in checker._sources:
            text = passage[sentence.span.start : sentence.span.end]
            assert checker.check(text).quotes == (sentence.span,), text
