"""A run's examples are gathered once; what is mined later joins late."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import pytest

from inference.training.data import Question, load_tokenizer, write_questions
from inference.training.gather import MINED, gathered


@pytest.fixture
def data(tmp_path: Path, questions: list[Question]) -> Path:
    """Both sets, the same questions in each."""
    folder = tmp_path / "data"
    folder.mkdir()
    list(write_questions(folder / "plain", questions))
    for name in ("squad_v1", "natural_questions_qed"):
        with (folder / "plain").open("rb") as plain, gzip.open(folder / f"{name}.train.jsonl.gz", "wb") as packed:
            shutil.copyfileobj(plain, packed)
    return folder


def test_they_are_kept_and_mined_ones_join_late(data: Path, questions: list[Question], base: Path, tmp_path: Path):
    tokenizer, run = load_tokenizer(base), tmp_path / "run"
    run.mkdir()
    first = gathered(run, data=data, tokenizer=tokenizer, unanswerable=0.0, num_twisted=4, seed=1)
    shutil.rmtree(data)  # not read again
    list(write_questions(run / MINED, questions[:2]))

    again = gathered(run, data=data, tokenizer=tokenizer, unanswerable=0.0, num_twisted=4, seed=1)

    assert first.num_early == again.num_early == 3 * len(questions)  # natural questions twice
    assert len(again) == len(first) + 3 * 2


def test_reworded_ones_join_late_beside_the_twisted(data: Path, questions: list[Question], base: Path, tmp_path: Path):
    tokenizer, run, other = load_tokenizer(base), tmp_path / "run", tmp_path / "other"
    run.mkdir()
    other.mkdir()
    plain = gathered(other, data=data, tokenizer=tokenizer, unanswerable=0.0, num_twisted=4, seed=1)

    more = gathered(
        run,
        data=data,
        tokenizer=tokenizer,
        unanswerable=0.0,
        num_twisted=4,
        seed=1,
        reworded=lambda rows: list(rows[:3]),
    )

    assert more.num_early == plain.num_early
    assert len(more) == len(plain) + 3
