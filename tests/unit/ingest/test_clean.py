"""Cleaning: what a reader cannot see goes, what a word needs stays."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clean import clean_text, join_lines, kept_lines, one_line


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("a\x00b", "ab"),
        ("a\ud800b", "ab"),
        ("a\u200bb\ufeffc", "abc"),
        ("soft\u00adhyphen", "softhyphen"),
        ("pay\u202eeht\u202c me", "payeht me"),
        ("hidden\U000e0041\U000e0042", "hidden"),
        ("a\r\nb\rc\u2028d\x85e", "a\nb\nc\nd\ne"),
        ("e\u0301", "é"),
        ("\ufb01nd \ufb00ect", "find ffect"),
        ("\ufefb", "لا"),
        ("\u2f00", "一"),
    ],
)
def test_text_is_what_its_reader_sees(raw: str, kept: str) -> None:
    assert clean_text(raw) == kept


@pytest.mark.parametrize("text", ["می‌خواهم", "क्‍ष", "👩‍🔬", "naïve", "全角ＡＢＣ", "x² ½"])
def test_characters_that_words_are_written_with_stay(text: str) -> None:
    assert clean_text(text) == text


def test_a_line_has_one_space_where_it_has_any() -> None:
    assert one_line("  a \t b\n\u00a0c ") == "a b c"


def test_kept_lines_keep_their_indent_and_at_most_one_empty_line() -> None:
    assert kept_lines("def f():\n\treturn   1\n\n\n\nend  ") == "def f():\n    return 1\n\nend"


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        (["a wrapped", "line"], "a wrapped line"),
        (["infor-", "mation"], "information"),
        (["Anglo-", "Saxon"], "Anglo-Saxon"),
        (["pages 10–", "20"], "pages 10–20"),
        (["https://example.org/", "path"], "https://example.org/path"),
        (["one -", "two"], "one - two"),
        (["今天下", "雨了"], "今天下雨了"),
        (["한국", "사람"], "한국 사람"),
        (["see 中", "English"], "see 中 English"),
        ([], ""),
    ],
)
def test_lines_of_a_paragraph_are_joined_as_they_were_before_wrapping(lines: list[str], joined: str) -> None:
    assert join_lines(lines) == joined


@given(st.text(st.characters(), max_size=300))
def test_clean_text_is_composed_encodable_and_stays_as_it_is(raw: str) -> None:
    text = clean_text(raw)

    assert "\x00" not in text
    assert "\r" not in text
    text.encode("utf-8")
    assert unicodedata.is_normalized("NFC", text)
    assert clean_text(text) == text


@given(st.text(max_size=300))
def test_a_cleaned_line_has_no_break_and_no_double_space(raw: str) -> None:
    line = one_line(raw)

    assert line == line.strip()
    assert "\n" not in line
    assert "  " not in line
