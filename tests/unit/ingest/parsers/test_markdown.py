"""Markdown: its structure without its marks."""

from __future__ import annotations

import time

import pytest

from .conftest import Parse


def test_marks_are_gone_and_words_stay(parse: Parse) -> None:
    text = "**Bold**, *soft*, `code`, [link](https://example.org), ![picture](p.png) and ~~gone~~."

    assert parse(text, "a.md").text == "Bold, soft, code, link, picture and gone."


def test_headings_are_sections_with_their_path(parse: Parse) -> None:
    document = parse("# A\n\n## B\n\ntext\n\nC\n===\n", "a.md")

    assert [section.path for section in document.sections] == [("A",), ("A", "B"), ("C",)]


def test_wrapped_lines_are_one_paragraph(parse: Parse) -> None:
    assert parse("one\ntwo\n\nthree", "a.md").text == "one two\n\nthree"


def test_lists_keep_their_markers_and_depth(parse: Parse) -> None:
    assert parse("3. c\n4. d\n\n* x\n  * y\n", "a.md").text == "3. c\n4. d\n- x\n  - y"


def test_code_keeps_its_lines(parse: Parse) -> None:
    assert parse("```python\nif lit:\n    burn()\n```", "a.md").text == "if lit:\n    burn()"


def test_a_table_is_rows(parse: Parse) -> None:
    assert parse("| A | B |\n|---|---|\n| 1 | 2 |", "a.md").text == "A | B\nA: 1 | B: 2"


def test_raw_html_is_read_as_html(parse: Parse) -> None:
    assert parse("before\n\n<div><p>inside</p><script>x()</script></div>\n", "a.md").text == "before\n\ninside"


def test_front_matter_gives_the_title_and_is_no_text(parse: Parse) -> None:
    document = parse('---\ntitle: "The guide"\ntags: [a]\n---\n\ntext', "a.md")

    assert (document.title, document.text) == ("The guide", "text")


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["[", "> ", "*", "_a", "`", "![", "- ", "<", "((", "|a"])
def test_any_repetition_is_read_in_bounded_time(parse: Parse, unit: str) -> None:
    began = time.process_time()
    parse("word " + unit * (60_000 // len(unit)) + " word", "a.md")

    assert time.process_time() - began < 5.0
