"""Lines become token ids whose answers are where the text says."""

from __future__ import annotations

import gzip
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from inference.training.data import (
    UNANSWERED,
    Examples,
    Question,
    load_tokenizer,
    read_questions,
    token_range,
    tokenise,
)


@pytest.fixture(scope="module")
def examples(base: Path, questions: list[Question]) -> Examples:
    return tokenise(questions, load_tokenizer(base))


def test_a_line_is_read_as_a_question(tmp_path: Path):
    row = {"id": "1", "title": "t", "context": "ab cd", "question": "?", "answers": [{"text": "cd", "start": 3}]}
    path = tmp_path / "set.jsonl.gz"
    with gzip.open(path, "wt") as lines:
        lines.write(json.dumps(row) + "\n")

    (question,) = read_questions(path)

    assert asdict(question.answers[0]) == {"text": "cd", "start": 3}
    assert not question.is_ambiguous


def test_the_tokenizer_does_not_truncate(base: Path):
    assert len(load_tokenizer(base).encode("the mill " * 30, add_special_tokens=False).ids) == 60


def test_token_ranges_cover_the_characters():
    offsets = [(0, 3), (4, 8), (9, 15)]

    assert token_range(offsets, 4, 8) == (1, 2)
    assert token_range(offsets, 6, 10) == (1, 3)
    assert token_range(offsets, 3, 4) == (UNANSWERED, UNANSWERED)


def test_answers_are_found_among_the_passages_tokens(base: Path, questions: list[Question], examples: Examples):
    tokenizer = load_tokenizer(base)
    for at, question in enumerate(questions):
        passage = examples.contexts[int(examples.context_of[at])]

        said = tokenizer.decode(passage[examples.start[at] : examples.stop[at]].tolist())

        assert said == question.answers[0].text.lower()


def test_a_shared_passage_is_kept_once(questions: list[Question], examples: Examples):
    assert len(examples.contexts) == 4
    assert len(examples) == len(questions) == 12


def test_examples_survive_the_disk(tmp_path: Path, examples: Examples):
    examples.save(tmp_path / "examples.npz")

    loaded = Examples.load(tmp_path / "examples.npz")

    assert np.array_equal(loaded.contexts[3], examples.contexts[3])
    assert np.array_equal(loaded.start, examples.start)
    assert loaded.num_early == examples.num_early
    assert [path.name for path in tmp_path.glob("*.npz")] == ["examples.npz"]


def test_late_examples_keep_their_own_passages(examples: Examples):
    both = examples.followed_by(examples)

    assert both.num_early == len(examples)
    assert len(both) == 2 * len(examples)
    assert np.array_equal(both.contexts[int(both.context_of[-1])], examples.contexts[int(examples.context_of[-1])])
    assert np.array_equal(both.questions[int(both.question_of[-1])], examples.questions[int(examples.question_of[-1])])
