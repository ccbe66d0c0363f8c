"""Text ↔ ids: nothing is cut, offsets are the text's own, odd text is no error."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference import tokenizer as module
from inference.config import packaged_encoder
from inference.errors import ConfigError
from inference.tokenizer import Tokenizer
from tests.tiny import write_encoder


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    return Tokenizer(write_encoder(tmp_path_factory.mktemp("encoder")))


def test_nothing_is_cut_though_the_folder_says_so(tokenizer: Tokenizer):
    assert len(tokenizer.encode(["mill " * 100])[0].ids) == 100


def test_special_tokens_are_left_to_the_caller(tokenizer: Tokenizer):
    assert {tokenizer.cls_id, tokenizer.sep_id}.isdisjoint(tokenizer.encode(["the mill"])[0].ids)


def test_offsets_are_characters_of_the_text(tokenizer: Tokenizer):
    text = "The mill, opened in 1912."

    words = [text[start:end] for start, end in tokenizer.offsets(text)]

    assert words == ["The", "mill", ",", "opened", "in", "1912", "."]


@given(st.text(alphabet=st.characters(), max_size=60))
def test_any_text_has_offsets_inside_it(tokenizer: Tokenizer, text: str):
    for start, end in tokenizer.offsets(text):
        assert 0 <= start <= end <= len(text)
    tokenizer.known_share(text)


def test_half_a_surrogate_keeps_the_offsets(tokenizer: Tokenizer):
    assert tokenizer.offsets("the \ud83d mill")[-1] == (6, 10)


def test_a_long_text_goes_in_pieces_without_a_seam(tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch):
    text = "the mill opened in 1912 near the river " * 20
    whole = tokenizer.offsets(text)
    monkeypatch.setattr(module, "_PIECE_CHARS", 50)

    assert tokenizer.offsets(text) == whole


def test_chinese_counts_as_unknown_though_its_characters_are_listed(tokenizer: Tokenizer):
    assert tokenizer.known_share("山水") == 0.0
    assert tokenizer.known_share("the mill") == 1.0
    assert tokenizer.known_share("") == 1.0


@pytest.mark.parametrize(("text", "known"), [("the mill多少钱", 0.4), ("the mill opened in 年假", 0.66)])
def test_a_word_counts_as_much_as_an_ideograph(tokenizer: Tokenizer, text: str, known: float):
    assert tokenizer.known_share(text) == pytest.approx(known, abs=0.01)


@pytest.mark.parametrize("text", ["איזה ציון קיבל", "من كم خليّة", "Кто сообщение"])
def test_words_that_fall_into_single_letters_are_unknown(text: str):
    tokenizer = Tokenizer(packaged_encoder())

    assert tokenizer.known_share(text) < 0.2
    assert tokenizer.known_share(text, spelled_out=True) > 0.8


def test_a_text_that_spells_a_special_token_has_none(tokenizer: Tokenizer):
    (encoded,) = tokenizer.encode(["between [CLS] and [SEP] alike"])

    assert {tokenizer.cls_id, tokenizer.sep_id}.isdisjoint(encoded.ids)


def test_a_folder_without_a_tokenizer_is_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"tokenizer\.json"):
        Tokenizer(tmp_path)
