"""The first passages are read first; the others only in doubt, and never at the price of the deadline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from inference.calibration import Calibration, Judgement
from inference.config import packaged_encoder
from inference.errors import DeadlineExceeded
from inference.reading.checkpoint import ReaderCheckpoint
from inference.reading.staged import read_in_stages
from inference.request import Row
from inference.tokenizer import Tokenizer

PASSAGES = ["The mill opened in 1912.", "Cats sleep on mats.", "The house was built by Ada.", "It burned down."]
BY_MARGIN = Judgement(
    calibration=Calibration(names=("margin",), means=(0.0,), scales=(1.0,), weights=(0.5,), bias=0.0),
    abstain_below=0.5,
)


class Network:
    """Marks the first passage token of rows that hold ``word``, ``height`` high; counts what it is given."""

    def __init__(self, tokenizer: Tokenizer, *, word: str, height: float, late_after: int | None = None) -> None:
        self.steps: list[int] = []
        self._id = tokenizer.encode([word])[0].ids[0]
        self._height, self._late_after = height, late_after

    def __call__(self, rows: Sequence[Row]) -> list[np.ndarray]:
        if self._late_after is not None and len(self.steps) >= self._late_after:
            raise DeadlineExceeded("read")
        self.steps.append(len(rows))
        return [self._logits(row) for row in rows]

    def _logits(self, row: Row) -> np.ndarray:
        logits = np.zeros((len(row), 2), np.float32)
        if self._id in row.ids[row.second_from :]:
            logits[row.second_from + row.ids[row.second_from :].index(self._id)] = self._height
        return logits


@pytest.fixture(scope="module")
def reader() -> ReaderCheckpoint:
    model: Any = SimpleNamespace(seam=None)  # never run: that is for whoever calls
    return ReaderCheckpoint(
        model=model,
        tokenizer=Tokenizer(packaged_encoder()),
        words=BY_MARGIN,
        yes_no=replace(BY_MARGIN, abstain_below=0.2),
        fingerprint="a",
    )


def read(reader: ReaderCheckpoint, network: Network, *, first: int = 2):
    return read_in_stages(reader, "Who built it, and when?", PASSAGES, network, first=first, max_spans=3)


def test_a_sure_answer_in_the_first_passages_leaves_the_others_unread(reader: ReaderCheckpoint):
    network = Network(reader.tokenizer, word="1912", height=4.0)

    reading = read(reader, network)

    assert network.steps == [2]
    assert PASSAGES[0][reading.spans[0].start : reading.spans[0].end] == "1912"
    assert len(reading.passage_scores) == 2


def test_a_question_of_yes_or_no_is_judged_as_one(reader: ReaderCheckpoint):
    network = Network(reader.tokenizer, word="1912", height=4.0)

    reading = read_in_stages(reader, "Was it built in 1912?", PASSAGES, network, first=2, max_spans=3)

    assert reading.abstain_below == 0.2


def test_doubt_reads_the_others_and_lets_all_compete(reader: ReaderCheckpoint):
    network = Network(reader.tokenizer, word="ada", height=4.0)

    reading = read(reader, network)

    assert network.steps == [2, 2]
    assert reading.spans[0].passage == 2
    assert PASSAGES[2][reading.spans[0].start : reading.spans[0].end] == "Ada"
    assert len(reading.passage_scores) == 4


def test_reading_in_stages_finds_what_reading_at_once_does(reader: ReaderCheckpoint):
    staged = read(reader, Network(reader.tokenizer, word="ada", height=4.0))

    assert staged == read(reader, Network(reader.tokenizer, word="ada", height=4.0), first=4)


def test_a_deadline_between_the_stages_leaves_the_first_and_says_so(reader: ReaderCheckpoint):
    reading = read(reader, Network(reader.tokenizer, word="1912", height=0.1, late_after=1))

    assert reading.degraded
    assert len(reading.passage_scores) == 2


def test_a_deadline_before_anything_was_read_is_raised(reader: ReaderCheckpoint):
    with pytest.raises(DeadlineExceeded):
        read(reader, Network(reader.tokenizer, word="1912", height=4.0, late_after=0))
