"""Streams of text hold whole characters, and nothing of a stop string."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.chat import ChatTokenizer
from inference.detokenizer import Detokenizer, StopStrings
from tests.tiny_decoders import write_byte_tokenizer


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> ChatTokenizer:
    folder = tmp_path_factory.mktemp("bytes")
    write_byte_tokenizer(folder)
    return ChatTokenizer(folder)


def test_a_character_comes_whole_or_not_yet(tokenizer: ChatTokenizer):
    detokenizer = Detokenizer(tokenizer.decode)

    pieces = [detokenizer.push(token) for token in tokenizer.encode("né 山🙂!")]

    assert pieces == ["n", "", "é", " ", "", "", "山", "", "", "", "🙂", "!"]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_pieces_joined_are_the_text(tokenizer: ChatTokenizer, text: str):
    detokenizer = Detokenizer(tokenizer.decode)

    pieces = [detokenizer.push(token) for token in tokenizer.encode(text)]

    assert "".join(pieces) + detokenizer.flush() == text


def test_a_character_cut_short_is_shown_as_such_at_the_end(tokenizer: ChatTokenizer):
    detokenizer = Detokenizer(tokenizer.decode)

    pieces = [detokenizer.push(token) for token in tokenizer.encode("a山")[:-1]]

    assert ("".join(pieces), detokenizer.flush()) == ("a", "\ufffd")


def test_bytes_that_never_become_a_character_do_not_hold_the_stream(tokenizer: ChatTokenizer):
    detokenizer, stray = Detokenizer(tokenizer.decode), tokenizer.encode("山")[1]

    pieces = [detokenizer.push(stray) for _ in range(40)]

    assert any(pieces)


def test_special_tokens_are_no_text(tokenizer: ChatTokenizer):
    detokenizer = Detokenizer(tokenizer.decode)

    pieces = [detokenizer.push(token) for token in [*tokenizer.encode("a"), 256, *tokenizer.encode("b")]]

    assert "".join(pieces) == "ab"


def test_a_stop_string_ends_the_text_before_it():
    stops = StopStrings(["END", "\n\n"])

    pieces = [stops.push(piece) for piece in ("one ", "two E", "ND three")]

    assert ("".join(pieces), stops.is_reached) == ("one two ", True)


def test_what_only_began_like_a_stop_string_is_given_out():
    stops = StopStrings(["END"])

    pieces = [stops.push(piece) for piece in ("E", "N", "EN", "d")]

    assert pieces == ["", "", "EN", "ENd"]
    assert not stops.is_reached


def test_what_was_held_back_is_given_out_at_the_end():
    stops = StopStrings(["END"])
    stops.push("the EN")

    assert stops.flush() == "EN"


@given(st.lists(st.text("ab", max_size=3), max_size=12), st.lists(st.text("ab", min_size=1, max_size=3), max_size=2))
def test_stopping_does_not_depend_on_how_the_text_is_cut(pieces: list[str], wanted: list[str]):
    stops = StopStrings(wanted)
    said = ""
    for piece in pieces:
        said += stops.push(piece)
        if stops.is_reached:
            break

    text = "".join(pieces)
    places = [place for stop in wanted if (place := text.find(stop)) >= 0]
    if stops.is_reached:
        assert not any(stop in said for stop in wanted)
        assert text.startswith(said)
    else:
        assert not places
        assert said + stops.flush() == text
