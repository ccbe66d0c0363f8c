"""A glossary: what it adds to a question, in which languages, and what is no glossary."""

import pytest

from kbqa.documents.glossary import MAX_CHARS, MAX_GROUPS, glossary_added, glossary_clean
from kbqa.errors import Invalid

LEAVE = "PTO = paid time off = vacation"


@pytest.mark.parametrize(
    ("question", "glossary", "added"),
    [
        ("How many days of PTO are there?", LEAVE, ("paid time off", "vacation")),
        ("how many days of pto are there", LEAVE, ("paid time off", "vacation")),
        ("Do vacations expire?", LEAVE, ("PTO", "paid time off")),
        ("Is paid time off paid?", LEAVE, ("PTO", "vacation")),
        ("Is time paid off?", LEAVE, ()),
        ("PTO or vacation?", LEAVE, ("paid time off",)),
        ("年假有几天？", "年假 = 带薪休假", ("带薪休假",)),
        ("带薪休假怎么申请？", "年假＝带薪休假", ("年假",)),
        ("病假有几天？", "年假 = 带薪休假", ()),
        ("Who runs IT here?", "IT = information technology", ("information technology",)),
        ("Is it open on Sundays?", "IT = information technology", ()),
        ("Was ist das Büro?", "bureau = büro", ("bureau",)),
        ("What is max_batch?", "max_batch = batch limit", ("batch limit",)),
        ("", LEAVE, ()),
    ],
)
def test_a_question_is_widened_by_what_means_the_same(question: str, glossary: str, added: tuple[str, ...]):
    assert glossary_added(question, [glossary_clean(glossary)]) == added


def test_glossaries_of_several_collections_are_read_together_and_each_word_once():
    assert glossary_added("PTO?", ["PTO = leave", "", "PTO = leave = holiday"]) == ("leave", "holiday")


def test_a_glossary_is_kept_tidy():
    assert glossary_clean("  PTO=paid time off \r\n\r\n\n 年假＝带薪休假\x00") == "PTO = paid time off\n年假 = 带薪休假"
    assert glossary_clean(" \n") == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("PTO = leave\nlonely", "Line 2"),
        ("PTO =", "Line 1"),
        ("= =", "Line 1"),
        ("a = ---", "Line 1"),
        ("a = " + "b" * 101, "Line 1"),
        (" = ".join("abcdefghijklmn"), "Line 1"),
        ("a = b\n" * (MAX_GROUPS + 1), "501 lines"),
        ("x" * (MAX_CHARS + 1), "20,001 characters"),
    ],
)
def test_what_is_no_glossary_is_refused_with_its_line(text: str, says: str):
    with pytest.raises(Invalid, match=says):
        glossary_clean(text)
