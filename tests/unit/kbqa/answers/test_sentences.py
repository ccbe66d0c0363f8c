"""Sentences come whole, as early as they can, whatever the pieces they were written in."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbqa.answers.sentences import SentenceStream

TEXT = "The mill opened in 1912 [1]. It has 3.5 wheels, e.g. a big one. [2][3] Nobody knows why!\n- One [1].\n- Two."
WHOLE = [
    "The mill opened in 1912 [1].",
    "It has 3.5 wheels, e.g. a big one [2][3].",
    "Nobody knows why!",
    "- One [1].",
    "- Two.",
]


def told(pieces: list[str]) -> list[str]:
    stream = SentenceStream()
    return [sentence.text for piece in pieces for sentence in stream.push(piece)] + [s.text for s in stream.flush()]


@given(st.lists(st.integers(1, len(TEXT)), max_size=12))
def test_sentences_are_the_same_in_any_pieces(cuts: list[int]):
    places = [0, *sorted(cuts), len(TEXT)]

    assert told([TEXT[a:b] for a, b in pairwise(places)]) == WHOLE


def test_a_sentence_is_told_before_the_next_one_ends():
    stream = SentenceStream()

    assert [s.text for s in stream.push("The mill opened. It was a sunny day in")] == ["The mill opened."]


def test_a_new_line_before_a_sentence_is_remembered():
    stream = SentenceStream()

    assert [s.gap for s in [*stream.push("One is here.\n\nTwo is there."), *stream.flush()]] == ["", "\n\n"]


@pytest.mark.parametrize(
    ("written", "sentences"),
    [
        ("<think>They ask for days. 25 is it.</think>\nIt is 25.", ["It is 25."]),
        ("<think>Never done", []),
        ("**It is 25.** `So`.", ["It is 25.", "So."]),
        ("绿茶用水冲泡。[1]红茶用沸水。", ["绿茶用水冲泡[1]。", "红茶用沸水。"]),
        ("", []),
    ],
)
def test_thoughts_and_marks_are_not_part_of_an_answer(written: str, sentences: list[str]):
    assert told(list(written)) == sentences
