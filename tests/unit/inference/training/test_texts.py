"""Texts to compare vectors on: drawn from what was given, odd ones among them, the same for the same seed."""

from __future__ import annotations

import numpy as np

from inference.training.data import Question
from inference.training.texts import Texts


def test_texts_come_from_the_questions_and_passages(questions: list[Question]):
    texts = Texts.of(questions).draw(np.random.default_rng(1), num_short=20, num_long=10, odd=0.0)

    assert len(texts) == 30
    known = {row.question for row in questions} | {row.context for row in questions}
    sentences = {sentence for row in questions for sentence in row.context.replace(". ", ".\n").split("\n")}
    assert [text for text in texts if text not in known | sentences and not any(text in whole for whole in known)] == []


def test_the_same_seed_draws_the_same_texts(questions: list[Question]):
    texts = Texts.of(questions)

    first, again = (texts.draw(np.random.default_rng(3), num_short=50, num_long=9, odd=0.5) for _ in range(2))

    assert first == again


def test_odd_texts_are_of_many_kinds(questions: list[Question]):
    odd = Texts.of(questions).draw(np.random.default_rng(5), num_short=300, num_long=0, odd=1.0)

    assert any(text.isupper() for text in odd)
    assert any("https://" in text for text in odd)
    assert any("\u4e00" <= text[0] <= "\u9fff" for text in odd if text)
    assert any(len(set(text)) == 1 and len(text) > 1 for text in odd)
