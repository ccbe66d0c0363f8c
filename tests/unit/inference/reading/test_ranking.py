"""The sentence ranker: the right Chinese sentence first, features that training and engine share."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from inference.errors import ConfigError
from inference.reading.evidence import read_evidence
from inference.reading.ranking import FEATURES, SentenceRanker, sentence_features, shipped_ranker
from inference.reading.terms import sentences_of

PASSAGES = [
    "青石桥位于临江县城东南。桥由石匠李文德于1687年主持修建，全长46米。每年春天，村民在桥头举行庙会。",
    "临江县盛产毛竹和茶叶。因为雨水充沛，这里的茶树长得很好。",
]


def best(question: str) -> str:
    reading = read_evidence(question, PASSAGES, sentences_of(PASSAGES), None, trust=0.0, max_spans=1)
    span = reading.spans[0]
    return PASSAGES[span.passage][span.start : span.end]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("青石桥在什么地方？", "位于临江县城"),
        ("青石桥是谁修建的？", "李文德"),
        ("青石桥是哪一年修建的？", "1687年"),
        ("青石桥全长多少米？", "46米"),
        ("青石桥的庙会什么时候举行？", "每年春天"),
        ("临江县为什么茶树长得好？", "因为雨水充沛"),
        ("临江县盛产什么？", "毛竹和茶叶"),
    ],
)
def test_the_sentence_that_tells_it_comes_first(question: str, words: str):
    assert words in best(question)


def test_a_question_about_something_else_is_not_answered():
    reading = read_evidence("火星有几颗卫星？", PASSAGES, sentences_of(PASSAGES), None, trust=0.0, max_spans=3)

    assert reading.confidence < reading.abstain_below


def test_every_sentence_has_every_feature_as_a_number():
    passages = [*PASSAGES, "一"]
    sentences = sentences_of(passages)
    for question in ("", "？", "几", "谁", "x" * 500, "青石桥全长多少米？"):
        table = sentence_features(question, passages, sentences)

        assert table.shape == (len(sentences), len(FEATURES))
        assert np.isfinite(table).all()


def test_weights_fitted_on_other_features_are_refused(tmp_path: Path):
    kept = {"features": ["one"], "mean": [0], "deviation": [1], "hidden": [[1], [0]], "output": [1, 0]}
    (tmp_path / "ranker.json").write_text(json.dumps(kept))

    with pytest.raises(ConfigError, match="other features"):
        SentenceRanker.load(tmp_path / "ranker.json")


def test_the_shipped_ranker_names_its_weights():
    assert len(shipped_ranker().fingerprint) == 16
