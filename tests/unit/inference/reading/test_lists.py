"""Whoever asks how something is done is given all its steps."""

import pytest

from inference.reading.lists import asks_how_to, whole_list

MANUAL = """The device can be reset at any time.

To reset the device:

1. Switch it off.
2. Hold the red button
   for five seconds.
3. Switch it on again.

Settings are kept. Ask the dealer if that does not help."""


def found(sentence: str, text: str = MANUAL) -> str:
    start = text.index(sentence)
    first, last = whole_list(text, start, start + len(sentence))
    return text[first:last]


def test_one_step_brings_the_others():
    steps = found("2. Hold the red button\n   for five seconds.")

    assert steps.startswith("1. Switch it off.")
    assert steps.endswith("3. Switch it on again.")


def test_the_line_that_introduces_a_list_brings_it_along():
    steps = found("To reset the device:")

    assert steps.startswith("To reset the device:")
    assert steps.endswith("3. Switch it on again.")


@pytest.mark.parametrize("sentence", ["The device can be reset at any time.", "Settings are kept."])
def test_other_sentences_stay_as_they_are(sentence: str):
    assert found(sentence) == sentence


def test_what_follows_the_last_step_without_a_gap_is_no_step():
    text = "1. Switch it off.\n2. Hold the button\nfor five seconds.\nSettings are kept."

    assert found("1. Switch it off.", text) == "1. Switch it off.\n2. Hold the button\nfor five seconds."


def test_a_number_on_a_line_of_its_own_keeps_its_step():
    text = "1.\nSwitch it off.\n2.\nSwitch it on again."

    assert found("Switch it off.", text) == text


def test_a_single_entry_is_no_list():
    text = "Words.\n- Only this.\n\nMore words."

    assert found("- Only this.", text) == "- Only this."


def test_bullets_and_chinese_numbers_are_entries():
    text = "连接网络的步骤如下：\n1、打开电源。\n2、按下按钮。\n3、等待指示灯变绿。"

    assert found("2、按下按钮。", text) == "1、打开电源。\n2、按下按钮。\n3、等待指示灯变绿。"
    assert found("连接网络的步骤如下：", text) == text


def test_a_list_too_long_to_be_an_answer_is_cut_at_an_entry_and_holds_the_sentence():
    text = "\n".join(f"- Entry {number} says this and that at some length." for number in range(200))

    for number in (0, 3, 150):
        told = found(f"- Entry {number} says this and that at some length.", text)
        assert f"Entry {number} says" in told
        assert len(told) <= 1200
        assert told.endswith("length.")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How do I reset the device?", True),
        ("how to reset", True),
        ("What are the steps to reset it?", True),
        ("设备如何复位？", True),
        ("How old is the device?", False),
        ("What is a step?", False),
        ("天气怎么样？", False),
    ],
)
def test_what_asks_for_steps(question: str, expected: bool):
    assert asks_how_to(question) is expected
