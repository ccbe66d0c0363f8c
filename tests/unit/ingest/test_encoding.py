"""Encodings: short texts in the ones people have."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.encoding import decode, likeliest_encoding

RUSSIAN = "Съешь ещё этих мягких французских булок, да выпей чаю."
GREEK = "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία."
CHINESE = "知识库可以回答问题，并且给出引用的出处。"
TRADITIONAL = "知識庫可以回答問題，並且給出引用的出處。"
JAPANESE = "これは日本語の文章です。カタカナもあります。"
KOREAN = "이것은 한국어로 쓴 짧은 글입니다."
FRENCH = "Où est passé l’été ? Ça dépend des élèves."
GERMAN = "Die Straße führt über große Brücken nach Köln."
POLISH = "Zażółć gęślą jaźń, proszę państwa."
HEBREW = "זה משפט קצר בעברית עם כמה מילים."
ARABIC = "هذه جملة قصيرة باللغة العربية."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (RUSSIAN, "utf-8"), (RUSSIAN, "utf-8-sig"), (RUSSIAN, "utf-16"), (RUSSIAN, "utf-32"),
        (FRENCH, "utf-16-le"), (FRENCH, "utf-16-be"), (FRENCH, "utf-32-le"), (FRENCH, "utf-32-be"),
        (RUSSIAN, "cp1251"), (RUSSIAN, "koi8_r"), (RUSSIAN, "cp866"), (GREEK, "cp1253"),
        (CHINESE, "gb18030"), (CHINESE, "gb2312"), (TRADITIONAL, "big5"), (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"), (JAPANESE, "iso2022_jp"), (KOREAN, "euc_kr"),
        (FRENCH, "cp1252"), (GERMAN, "latin-1"), (POLISH, "cp1250"), (HEBREW, "cp1255"), (ARABIC, "cp1256"),
    ],
)  # fmt: skip
def test_a_short_text_is_read_in_its_encoding(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_a_declared_encoding_is_believed_when_the_bytes_keep_it() -> None:
    assert decode("ёж".encode("koi8_r"), declared="KOI8-R") == "ёж"


@pytest.mark.parametrize("declared", ["latin-1", "no-such-thing", "us-ascii", ""])
def test_a_habitual_or_unknown_declaration_is_not_believed(declared: str) -> None:
    assert decode("плюс".encode(), declared=declared) == "плюс"


def test_a_few_broken_bytes_do_not_spoil_a_file_in_utf8() -> None:
    content = (CHINESE * 20).encode() + b"\xff\xfe broken \xc3"

    assert likeliest_encoding(content) == "utf-8"
    assert decode(content).startswith(CHINESE)


def test_text_that_was_encoded_twice_is_mended() -> None:
    assert decode("1986–1990".encode().decode("latin-1").encode()) == "1986–1990"


@given(st.binary(max_size=300))
def test_any_bytes_are_decoded_somehow(content: bytes) -> None:
    assert isinstance(decode(content), str)


@given(st.text(max_size=200))
def test_utf8_is_read_exactly(text: str) -> None:
    if not text.startswith("\ufeff") and not set(text) & {"\x1b", "\x00"} and not re.search("[\x80-\x9f]", text):
        assert decode(text.encode("utf-8", errors="ignore")) == text.encode("utf-8", errors="ignore").decode()
