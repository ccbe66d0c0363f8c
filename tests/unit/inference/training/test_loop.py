"""The loop learns, keeps to its clock, and goes on where it stopped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from inference.training.data import Examples, Question, load_tokenizer, tokenise
from inference.training.loop import TrainConfig, Trainer, max_tokens_at, rate_at
from inference.training.network import reader_from


@pytest.fixture(scope="module")
def examples(base: Path, questions: list[Question]) -> Examples:
    return tokenise(questions, load_tokenizer(base))


def trainer(base: Path, examples: Examples, folder: Path, *, seconds: float, rate: float = 5e-3) -> Trainer:
    config = TrainConfig(
        minutes=seconds / 60, learning_rate=rate, batch_tokens=128, log_every_s=0.05, last_max_tokens=64
    )
    return Trainer(reader_from(base, seed=1), examples, config=config, folder=folder)


def test_the_rate_rises_then_falls_to_nothing():
    rates = [rate_at(share, warmup_share=0.1) for share in (0.0, 0.05, 0.1, 0.55, 1.0, 1.2)]

    assert rates == pytest.approx([0.02, 0.5, 1.0, 0.5, 0.0, 0.0])


def test_windows_grow_with_the_clock():
    config = TrainConfig(minutes=1, first_max_tokens=128, last_max_tokens=250)

    sizes = [max_tokens_at(share, config) for share in (0.0, 0.5, 1.0)]

    assert sizes == [128, 192, 250]


def test_the_loss_falls(base: Path, examples: Examples, tmp_path: Path):
    running = trainer(base, examples, tmp_path, seconds=60, rate=2e-2)

    for _ in range(40):  # by steps, not by the clock, which other work on the machine slows
        for batch in running._next_pool():
            running._step(batch, share=0.04)

    assert running._log[-1] < 0.7 * running._log[0]


def test_the_log_is_a_line_of_json_at_a_time(base: Path, examples: Examples, tmp_path: Path):
    trainer(base, examples, tmp_path, seconds=0.3).run()

    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert all(line["loss"] > 0 for line in lines)


def test_frozen_embeddings_stay_as_they_were(base: Path, examples: Examples, tmp_path: Path):
    running = trainer(base, examples, tmp_path, seconds=0.1)
    before = running.model.get_parameter("bert.embeddings.word_embeddings.weight").clone()
    head = running.model.get_parameter("qa_outputs.weight").clone()

    running.run()

    assert torch.equal(before, running.model.get_parameter("bert.embeddings.word_embeddings.weight"))
    assert not torch.equal(head, running.model.get_parameter("qa_outputs.weight"))


def test_a_resumed_run_has_the_same_weights_optimizer_and_clock(base: Path, examples: Examples, tmp_path: Path):
    first = trainer(base, examples, tmp_path, seconds=0.1)
    first.run()

    second = trainer(base, examples, tmp_path, seconds=0.1)

    assert second.resume()
    assert second.progress == first.progress
    torch.testing.assert_close(second.model.state_dict(), first.model.state_dict(), rtol=0, atol=0)
    steps = [state["step"].item() for state in second.optimizer.state.values()]
    assert set(steps) == {float(first.progress.step)}
    assert second.run().step == first.progress.step  # its time is used up


def test_a_fresh_folder_has_nothing_to_resume(base: Path, examples: Examples, tmp_path: Path):
    assert not trainer(base, examples, tmp_path, seconds=1).resume()


def test_late_examples_join_every_pool_when_their_time_has_come(base: Path, examples: Examples, tmp_path: Path):
    running = trainer(base, examples.followed_by(examples), tmp_path, seconds=1)

    early, all_of_them = running._chosen(with_late=False), running._chosen(with_late=True)

    assert sorted(early) == list(range(len(examples)))
    assert sorted(all_of_them) == list(range(2 * len(examples)))


def test_without_late_examples_nothing_joins(base: Path, examples: Examples, tmp_path: Path):
    running = trainer(base, examples, tmp_path, seconds=1)

    assert running._chosen(with_late=True) == running._chosen(with_late=False)
