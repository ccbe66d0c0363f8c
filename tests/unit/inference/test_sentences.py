"""Sentences: where they end in several scripts, and where a stop ends none."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.sentences import split_sentences


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It rained. We left. Nobody saw.", ["It rained.", "We left.", "Nobody saw."]),
        ("Did it? Yes! Good.", ["Did it?", "Yes!", "Good."]),
        ('He said "Go." Then he went.', ['He said "Go."', "Then he went."]),
        ("Élan vital. Über alles. Ça va.", ["Élan vital.", "Über alles.", "Ça va."]),
        ("Она пришла. Он ушёл.", ["Она пришла.", "Он ушёл."]),
        ("Ήρθε. Έφυγε.", ["Ήρθε.", "Έφυγε."]),
        ("비가 왔다. 우리는 떠났다.", ["비가 왔다.", "우리는 떠났다."]),
        ("下雨了。我们走了！谁看见？没有人。", ["下雨了。", "我们走了！", "谁看见？", "没有人。"]),
        ("他说：“走吧。”然后走了。", ["他说：“走吧。”", "然后走了。"]),
        ("雨だった。帰った。", ["雨だった。", "帰った。"]),
        ("هل أمطرت؟ نعم. ذهبنا.", ["هل أمطرت؟", "نعم.", "ذهبنا."]),
        ("बारिश हुई। हम गए।", ["बारिश हुई।", "हम गए।"]),
        ("Wait… What?", ["Wait…", "What?"]),
        (
            "He left in May.[45] Then he won.[b][12] It ended.",
            ["He left in May.[45]", "Then he won.[b][12]", "It ended."],
        ),
    ],
)
def test_a_mark_ends_a_sentence_in_its_script(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Smith met Mrs. Jones at No. 10.",
        "The U.S. Army and the E.U. Commission met.",
        "J. R. R. Tolkien wrote it.",
        "It costs 3.50 dollars.",
        "See Fig. 3 and Sec. 4.",
        "Use e.g. Apples or i.e. Pears.",
        "It ran (see p. 12) at www.example.com for an hour.",
        "He paused ... and went on.",
        "Smith et al. Showed this.",
        "Smith et al.[45] Showed this.",
        "Version 2.0.1 is out",
    ],
)
def test_a_stop_inside_a_sentence_does_not_end_it(text: str) -> None:
    assert sentences(text) == [text]


def test_a_date_with_stops_does_not_end_a_sentence() -> None:
    text = "2020.3.30. 0시 기준 사망자 158명. 다음."

    assert [text[start:end] for start, end in split_sentences(text)] == ["2020.3.30. 0시 기준 사망자 158명.", "다음."]


def test_a_year_ends_a_sentence() -> None:
    assert sentences("It began in 1999. It ended in 2003.") == ["It began in 1999.", "It ended in 2003."]


def test_a_small_number_ends_a_sentence() -> None:
    assert sentences("The answer is 42. Nobody asked.") == ["The answer is 42.", "Nobody asked."]


def test_the_number_of_an_entry_stays_with_its_text() -> None:
    assert sentences("1. Open the lid.\n2. Pour it in.") == ["1. Open the lid.", "2. Pour it in."]


def test_entries_of_a_list_are_sentences_of_their_own() -> None:
    assert sentences("Bring:\n- bread\n- two eggs\n- milk") == ["Bring:", "- bread", "- two eggs", "- milk"]


def test_an_empty_line_ends_a_sentence_without_a_stop() -> None:
    assert sentences("A heading\n\nThe text") == ["A heading", "The text"]


def test_a_wrapped_line_does_not_end_a_sentence() -> None:
    assert sentences("This line goes on\nover here.") == ["This line goes on\nover here."]


def test_each_line_of_a_receipt_stands_alone() -> None:
    assert sentences("USB hub 2 @ $79.99 $159.98\nPortable disk\n1 @ 289,00\nTotal 448,98") == [
        "USB hub 2 @ $79.99 $159.98",
        "Portable disk\n1 @ 289,00",
        "Total 448,98",
    ]


@pytest.mark.parametrize("text", ["It cost 12.50\npounds a head.", "It rose by 3.5\nPer cent", "in 1912\nAda wrote"])
def test_a_line_that_goes_on_after_a_number_does_not_end_a_sentence(text: str) -> None:
    assert sentences(text) == [text]


def test_no_text_has_no_sentences() -> None:
    assert split_sentences(" \n\n\t ") == []


@given(st.text(alphabet="aB é.!?。！\n\t \"'()-1中文…؟", max_size=200))
def test_ranges_are_ordered_trimmed_and_leave_out_only_white_space(text: str) -> None:
    ranges = split_sentences(text)

    reached = 0
    for start, end in ranges:
        assert reached <= start < end
        assert not text[reached:start].strip()
        assert text[start:end] == text[start:end].strip()
        reached = end
    assert not text[reached:].strip()


@pytest.mark.slow
@pytest.mark.parametrize("unit", [" ", ".", ". ", ')"', "a", "。", "\n", "\n ", "1. ", "A. "])
def test_work_is_linear_in_the_length_of_any_repetition(unit: str) -> None:
    def seconds(num_characters: int) -> float:
        text = "x." + unit * (num_characters // len(unit))
        began = time.process_time()
        split_sentences(text)
        return time.process_time() - began

    assert seconds(400_000) < 2.0
    assert seconds(1_600_000) < 8.0


def test_each_row_of_a_table_stands_alone():
    table = "Prices of 2026\nItem | Price\nItem: FI-900 | Price: 210\nItem: AQ-220 | Price: 95\n\nAll prices in euros."

    assert sentences(table) == [
        "Prices of 2026",
        "Item | Price",
        "Item: FI-900 | Price: 210",
        "Item: AQ-220 | Price: 95",
        "All prices in euros.",
    ]
