"""Evidence sentences: verbatim, in order of what speaks for them, and humble where nothing does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.reading.evidence import ABSTAIN_BELOW, confidence, read_evidence
from inference.reading.terms import evidence_terms, sentences_of
from inference.types import Reading

PASSAGES = ["The mill opened in 1912. It burned down later.", "Cats sleep on mats. Nobody knows why."]


def read(question: str, passages: list[str], **changed: object) -> Reading:
    given = {"similarities": None, "trust": 1.0, "max_spans": 3} | changed
    return read_evidence(question, passages, sentences_of(passages), **given)  # type: ignore[arg-type]  # as named


def said(reading: Reading, passages: list[str]) -> list[str]:
    return [passages[span.passage][span.start : span.end] for span in reading.spans]


def test_the_sentence_that_shares_the_questions_words_is_first():
    reading = read("When was the mill opened?", PASSAGES)

    assert said(reading, PASSAGES)[0] == "The mill opened in 1912."


def test_a_passage_that_shares_nothing_has_the_lower_score():
    reading = read("When was the mill opened?", PASSAGES)

    assert reading.passage_scores[0] > reading.passage_scores[1]


def test_similarity_decides_where_no_word_is_shared():
    reading = read("feline habits", PASSAGES, similarities=np.array([0.0, 0.0, 0.9, 0.1]))

    assert said(reading, PASSAGES)[0] == "Cats sleep on mats."


def test_similarity_counts_for_nothing_where_the_encoder_cannot_read():
    passages = ["米尔磨坊于1912年开业。", "猫睡在垫子上。"]

    reading = read("磨坊哪年开业？", passages, similarities=np.array([0.0, 1.0]), trust=0.0)

    assert said(reading, passages)[0] == passages[0]


def test_what_a_title_says_is_said_of_its_sentences():
    question, passages = "SX-800的保修期是多久？", ["请妥善保管收据。保修期为两年。", "保修期为三年。请妥善保管收据。"]

    plain = read(question, passages, trust=0.1)
    titled = read(question, passages, trust=0.1, contexts=["FX-200 用户手册", "SX-800 用户手册"])

    assert said(titled, passages)[0] == "保修期为三年。"
    assert titled.confidence > plain.confidence


def test_a_number_is_preferred_where_one_is_asked():
    passages = ["The mill opened with a feast. The mill opened in 1912."]

    assert "1912" in said(read("When was it that the mill opened?", passages), passages)[0]


def test_nothing_shared_is_no_confidence():
    assert read("quantum chromodynamics", PASSAGES).confidence < ABSTAIN_BELOW


def test_more_coverage_is_more_confidence():
    signals = {"similarity": 0.5, "coverage": 0.2, "passage_coverage": 0.5, "lead": 0.1}

    assert confidence(signals | {"coverage": 0.9}) > confidence(signals)


@pytest.mark.parametrize("passages", [["", "   "], [""]])
def test_passages_without_a_sentence_answer_nothing(passages: list[str]):
    reading = read("what?", passages)

    assert (reading.spans, reading.confidence) == ((), 0.0)
    assert len(reading.passage_scores) == len(passages)


def test_terms_leave_out_the_frame_and_take_bigrams_of_chinese():
    assert evidence_terms("What is the opening of mills") == {"open", "mill"}
    assert "磨坊" in evidence_terms("磨坊")


@given(st.text(max_size=40), st.lists(st.text(max_size=80), min_size=1, max_size=4))
def test_any_text_gives_verbatim_sentences_and_a_probability(question: str, passages: list[str]):
    reading = read(question, passages)

    assert 0.0 <= reading.confidence <= 1.0
    for span in reading.spans:
        assert 0 <= span.sentence_start <= span.start < span.end <= span.sentence_end <= len(passages[span.passage])
