"""What is shown of a passage is the part that matches, its words marked, and never half a word."""

import pytest

from ingest.index.analyzer import query_terms
from kbqa.web.near import near_pieces

FILLER = "Nothing of the kind is said in this sentence, nor in the one after it. " * 8


def shown(text: str, question: str, **most: int) -> str:
    """The pieces as one line, the marked ones in brackets."""
    pieces = near_pieces(text, query_terms(question), **most)
    return "".join(f"[{piece}]" if marked else piece for piece, marked in pieces)


def test_a_short_passage_is_shown_whole():
    assert shown("The lamp is lit at dusk.", "When was the lamp lit?") == "The [lamp] is [lit] at dusk."


@pytest.mark.parametrize(("before", "after"), [(FILLER, FILLER), ("", FILLER), (FILLER, "")])
def test_a_long_one_where_most_of_the_question_stands(before, after):
    text = f"{before}A lamp. {FILLER}The keeper lights the lamp at dusk. {after}"

    near = shown(text, "When does the keeper light the lamp?")

    assert "The [keeper] [lights] the [lamp] at dusk." in near
    assert len(near.replace("[", "").replace("]", "")) <= 242
    assert near.startswith("…")
    assert near.endswith("…") == bool(after)
    words = near.replace("[", "").replace("]", "").strip("…").split()
    assert set(words) <= set(text.split())


def test_one_that_shares_nothing_from_its_start():
    assert shown(FILLER, "Which lamp?").startswith("Nothing of the kind")


def test_a_script_without_spaces_is_cut_anywhere():
    text = "其他内容。" * 80 + "滤网每三个月更换一次。" + "其他内容。" * 80

    near = shown(text, "滤网多久更换一次？", most_chars=40)

    assert "[滤网]每三个月[更换一次]" in near
    assert near.startswith("…")
    assert near.endswith("…")
