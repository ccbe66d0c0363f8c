"""A heading says what is below it: as an answer it is the question again."""

from __future__ import annotations

import pytest

from inference.calibration import Candidate
from inference.reading.headings import echoes_heading, without_headings
from inference.reading.terms import sentences_of


@pytest.mark.parametrize(
    ("passage", "expected"),
    [
        ("三、连接网络\n\n打开应用，按住按钮三秒钟。", ["打开应用，按住按钮三秒钟。"]),
        ("第二章 总则\n\n本法自公布之日起施行。", ["本法自公布之日起施行。"]),
        ("SX-800 扫地机使用说明\n\n一、简介\n\n可以清扫地毯。", ["可以清扫地毯。"]),
        ("三、先充电四个小时。", ["三、先充电四个小时。"]),
        ("售后电话：0512-5550142\n\n周末休息。", ["售后电话：0512-5550142", "周末休息。"]),
        ("一、产品简介", ["一、产品简介"]),
    ],
)
def test_a_heading_is_no_sentence_that_answers(passage: str, expected: list[str]):
    assert [sentence.text for sentence in without_headings(sentences_of([passage]), [passage])] == expected


def test_a_heading_that_is_known_to_stand_above_is_no_answer():
    passages = ["保修\n\n保修期为三年。", "保修"]

    kept = without_headings(sentences_of(passages), passages, contexts=["SX-800 用户手册 › 保修", "SX-800 用户手册"])

    assert [(sentence.passage, sentence.text) for sentence in kept] == [(0, "保修期为三年。"), (1, "保修")]


@pytest.mark.parametrize(
    ("question", "read", "echoes"),
    [
        ("What is Loom?", "Loom: Weaving Agents Together", True),
        ("What is Loom?", "Weaving Agents", True),
        ("What is Loom?", "a framework for agents", False),
        ("Which tool is it?", "Loom", False),  # no word of the heading was asked with
        ("What is the paper about Loom called?", "Loom: Weaving Agents Together", False),
    ],
)
def test_a_heading_with_the_words_of_the_question_is_no_answer(question: str, read: str, echoes: bool):
    passage = "Loom: Weaving Agents Together\n\nLoom is a framework for agents."
    start = passage.index(read)
    candidate = Candidate(passage=0, start=start, end=start + len(read), margin=1.0)

    found = echoes_heading(question, passage, candidate, "Loom: Weaving Agents Together › Abstract")

    assert found is echoes


def test_a_table_of_contents_is_no_answer():
    passage = "TABLE OF CONTENTS\n\nItem 8 | 15"
    candidate = Candidate(passage=0, start=0, end=17, margin=1.0)

    assert echoes_heading("On which page are the statements?", passage, candidate, "Report")
