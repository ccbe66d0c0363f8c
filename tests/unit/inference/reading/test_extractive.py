"""Spans from logits: legal, distinct, in their sentence, and alike with the reference that trains the reader."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inference.calibration import Calibration, Candidate, Judgement
from inference.config import packaged_encoder
from inference.reading.extractive import candidates_of, reading_of, wants_a_span, windows_of
from inference.tokenizer import Tokenizer

BY_MARGIN = Judgement(
    calibration=Calibration(names=("margin",), means=(0.0,), scales=(1.0,), weights=(0.5,), bias=0.0),
    abstain_below=0.5,
)
MILL = "The mill opened in 1912. It burned down in 1954."
HOUSE = "The house on the hill was built by Ada."


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer(packaged_encoder())


def logits_for(window, encoded, *, start: str, passage: str, height: float) -> np.ndarray:
    """Zeros, but ``height`` on both ends at the token that begins with ``start``."""
    scores = np.zeros((len(window.row), 2), np.float32)
    place = passage.find(start)
    for token, (left, right) in enumerate(encoded.offsets):
        if left <= place < right and 0 <= token - window.left < len(window.row) - window.body - 1:
            scores[window.body + token - window.left] = height
    return scores


def test_each_passage_has_a_row_that_begins_with_the_question(tokenizer: Tokenizer):
    asked, *passages = tokenizer.encode(["When did the mill open?", MILL, HOUSE])

    windows = windows_of(asked, passages, tokenizer)

    assert [window.passage for window in windows] == [0, 1]
    for window, passage in zip(windows, passages, strict=True):
        assert window.row.ids[: window.body] == (tokenizer.cls_id, *asked.ids, tokenizer.sep_id)
        assert window.row.ids[window.body : -1] == tuple(passage.ids)
        assert window.row.second_from == window.body


def test_every_window_stands_below_its_passages_title_in_which_no_answer_is_looked_for(tokenizer: Tokenizer):
    asked, passage, title = tokenizer.encode(["When?", MILL * 12, "The mill of 1912"])

    windows = windows_of(asked, [passage], tokenizer, contexts=[title], max_tokens=64, overlap=16)

    assert len(windows) > 1
    for window in windows:
        assert window.row.ids[window.row.second_from : window.body] == tuple(title.ids)
        assert window.row.ids[window.body] == passage.ids[window.left]
        assert len(window.row) <= 64
    logits = [np.zeros((len(window.row), 2), np.float32) for window in windows]
    logits[0][windows[0].body - 1] = 9.0  # the title's last token, 1912
    found = candidates_of(windows, logits, [passage])
    assert max(candidate.margin for candidate in found) == 0.0


def test_a_title_of_any_length_leaves_room_for_the_passage(tokenizer: Tokenizer):
    asked, passage, title = tokenizer.encode(["Who? " * 90, MILL, "The mill of 1912 " * 90])

    windows = windows_of(asked, [passage], tokenizer, contexts=[title])

    assert len(windows) == 1
    assert len(windows[0].row) <= 384


def test_a_long_passage_is_covered_by_overlapping_windows(tokenizer: Tokenizer):
    asked, passage = tokenizer.encode(["Who?", MILL * 30])

    windows = windows_of(asked, [passage], tokenizer, max_tokens=64, overlap=16)

    covered = {window.left + at for window in windows for at in range(len(window.row) - window.body - 1)}
    assert covered == set(range(len(passage.ids)))
    assert max(len(window.row) for window in windows) <= 64


def test_a_passage_that_is_kept_is_cut_alike_for_any_question(tokenizer: Tokenizer):
    short, long, passage = tokenizer.encode(["Who?", "Who was it that built the house on the hill?", MILL * 30])

    cuts = [
        [window.left for window in windows_of(asked, [passage], tokenizer, max_tokens=128, overlap=16, alike=True)]
        for asked in (short, long)
    ]

    assert cuts[0] == cuts[1]


def test_the_passages_compete_and_the_sentence_comes_along(tokenizer: Tokenizer):
    asked, *passages = tokenizer.encode(["When did the mill open?", HOUSE, MILL])
    windows = windows_of(asked, passages, tokenizer)
    logits = [
        logits_for(windows[0], passages[0], start="Ada", passage=HOUSE, height=2.0),
        logits_for(windows[1], passages[1], start="1912", passage=MILL, height=5.0),
    ]

    candidates = candidates_of(windows, logits, passages)
    reading = reading_of("When?", [HOUSE, MILL], candidates, BY_MARGIN, max_spans=3)

    best = reading.spans[0]
    assert (best.passage, MILL[best.start : best.end]) == (1, "1912")
    assert MILL[best.sentence_start : best.sentence_end] == "The mill opened in 1912."
    assert reading.passage_scores[1] > reading.passage_scores[0]
    assert reading.confidence == pytest.approx(1 / (1 + np.exp(-5.0)), abs=1e-3)


def test_passages_that_disagree_are_each_heard_once(tokenizer: Tokenizer):
    others = [MILL, MILL.replace("1912", "1913")]
    asked, *passages = tokenizer.encode(["When did the mill open?", *others])
    windows = windows_of(asked, passages, tokenizer)
    logits = [
        logits_for(window, encoded, start=year, passage=passage, height=5.0)
        for window, encoded, year, passage in zip(windows, passages, ("1912", "1913"), others, strict=True)
    ]
    logits[0] += logits_for(windows[0], passages[0], start="1954", passage=MILL, height=4.5)

    candidates = candidates_of(windows, logits, passages)
    reading = reading_of("When did the mill open?", others, candidates, BY_MARGIN, max_spans=3)

    assert [others[span.passage][span.start : span.end] for span in reading.spans] == ["1912", "1913"]


@pytest.mark.parametrize(
    ("rival", "expected"),
    [
        (
            Candidate(passage=1, start=19, end=23, margin=1.8),
            ["1912", "1913"],
        ),  # would be said by itself, and nearly as sure
        (Candidate(passage=1, start=19, end=23, margin=0.2), ["1912"]),  # would not
        (Candidate(passage=1, start=19, end=23, margin=-1.0), ["1912"]),
    ],
)
def test_a_second_answer_is_heard_if_it_would_be_given_by_itself(rival: Candidate, expected: list[str]):
    others = [MILL, MILL.replace("1912", "1913")]
    careful = replace(BY_MARGIN, abstain_below=0.6)

    reading = reading_of(
        "When?", others, [Candidate(passage=0, start=19, end=23, margin=2.0), rival], careful, max_spans=3
    )

    assert [others[span.passage][span.start : span.end] for span in reading.spans] == expected


def test_beside_a_sure_answer_only_one_as_sure_is_heard():
    others = [MILL, MILL.replace("1912", "1913")]
    sure, near = Candidate(passage=0, start=19, end=23, margin=9.0), Candidate(passage=1, start=19, end=23, margin=7.5)

    reading = reading_of("When?", others, [sure, near], BY_MARGIN, max_spans=3)

    assert [span.passage for span in reading.spans] == [0]


def test_a_passage_that_agrees_adds_no_second_guess():
    twice = [Candidate(passage=number, start=19, end=23, margin=2.0 - number / 10) for number in (0, 1)]
    guess = Candidate(passage=1, start=43, end=47, margin=1.7)

    reading = reading_of("When?", [MILL, MILL], [*twice, guess], BY_MARGIN, max_spans=3)

    assert [MILL[span.start : span.end] for span in reading.spans] == ["1912"]


def test_to_how_something_is_done_the_sentence_is_the_answer():
    text = "Report a lost laptop to the desk, on extension 4040."
    found = Candidate(passage=0, start=text.index("on ext"), end=len(text) - 1, margin=5.0)

    (best,) = reading_of("How do I report a lost laptop?", [text], [found], BY_MARGIN, max_spans=1).spans

    assert text[best.start : best.end] == text


def test_to_yes_or_no_the_sentence_is_the_answer(tokenizer: Tokenizer):
    asked, passage = tokenizer.encode(["Did the mill open in 1912?", MILL])
    windows = windows_of(asked, [passage], tokenizer)
    logits = [logits_for(windows[0], passage, start="1912", passage=MILL, height=5.0)]

    candidates = candidates_of(windows, logits, [passage])
    (best, *_) = reading_of("Did the mill open in 1912?", [MILL], candidates, BY_MARGIN, max_spans=1).spans

    assert MILL[best.start : best.end] == "The mill opened in 1912."


def test_no_passage_no_answer():
    assert reading_of("Who?", [""], [], BY_MARGIN, max_spans=3).spans == ()


@pytest.mark.parametrize(
    "question", ["Is the museum open on Mondays?", "Do I need a visa?", "can staff carry leave over?"]
)
def test_yes_or_no_wants_a_sentence(question: str):
    assert not wants_a_span(question)


@pytest.mark.parametrize(
    "question", ["When is it open?", "Is it red or blue?", "Isle of Wight ferry times", "Which of them is older?"]
)
def test_everything_else_wants_a_span(question: str):
    assert wants_a_span(question)
