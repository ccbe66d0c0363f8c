"""Words that stand together beat words that stand apart; what both lists say still counts, in any script."""

from __future__ import annotations

import numpy as np
import pytest

from inference.reading.closeness import closeness
from inference.reading.rerank import WEIGHTS, Lists, rerank_features, rerank_scores

QUESTION = "When did the water mill at Ford open?"
TOGETHER = "The water mill at Ford was opened in 1912, after ten years of work."
FILL = "Nobody remembers much about those years, and what is told of them differs from house to house and day to day. "
APART = f"A mill has wheels. {FILL * 3}The ford is deep there, and so is the water. {FILL * 3}It will open."


def order(question: str, passages: list[str], contexts: list[str] | None = None) -> list[int]:
    size = len(passages)
    lists = Lists(fused=[0.5] * size, dense=[None] * size, dense_rank=[None] * size, dense_share=1.0)
    scores = rerank_scores(question, passages, contexts or [""] * size, lists)
    return np.argsort(-scores, kind="stable").tolist()


def test_words_near_each_other_come_before_words_apart():
    assert order(QUESTION, [APART, TOGETHER]) == [1, 0]


def test_each_signal_is_a_share():
    found = closeness(QUESTION, [APART, TOGETHER, ""], ["", "", ""])

    assert found.shape == (3, 2)
    assert bool(((found >= 0) & (found <= 1)).all())
    assert found[2].tolist() == [0.0, 0.0]


def test_a_title_stands_near_everything_below_it():
    passages = ["Hold the button for five seconds.", "Hold the button for ten seconds."]

    assert order("How do I reset the FI-200? Which button?", passages, ["Base", "FI-200: to reset it"]) == [1, 0]


def test_pairs_count_in_their_order():
    (there, back) = closeness("the red house", ["the red house", "the house red"], ["", ""])

    assert there[1] > back[1]


def test_chinese_characters_keep_together_too():
    apart = "水很深。" + "没有人记得那些年的事情。" * 6 + "磨坊在山上。"

    assert order("水磨坊什么时候开业？", [apart, "水磨坊于1912年开业。"]) == [1, 0]


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_dense_list_counts_for_what_the_encoder_knows(share: float):
    lists = Lists(fused=[1.0, 0.9], dense=[0.6, None], dense_rank=[1, None], dense_share=share)
    features = rerank_features("?", ["a", "b"], ["", ""], lists)

    assert features.shape == (2, len(WEIGHTS))
    assert features[0, 1] == share
    assert features[1, 1] == 0.0


def test_a_question_without_words_leaves_the_order_of_the_lists():
    assert order("???", [APART, TOGETHER]) == [0, 1]
