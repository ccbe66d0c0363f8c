"""A run becomes a folder that loads, reads alike, and notices a changed byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from inference.training.checkpoint import read_record, write_record
from inference.training.data import Question, load_tokenizer, tokenise
from inference.training.export import export
from inference.training.loop import TrainConfig, Trainer
from inference.training.network import load_reader, reader_from
from tests.tiny_training import trained_a_little


@pytest.fixture(scope="module")
def exported(base: Path, questions: list[Question], tmp_path_factory: pytest.TempPathFactory) -> Path:
    run, target = tmp_path_factory.mktemp("run"), tmp_path_factory.mktemp("exported")
    examples = tokenise(questions, load_tokenizer(base))
    config = TrainConfig(minutes=1, batch_tokens=128)
    trained_a_little(Trainer(reader_from(base, seed=1), examples, config=config, folder=run))
    export(run, base=base, target=target, hardware="a test's machine")
    (target / "run").write_text(str(run))
    return target


def test_the_exported_reader_has_the_runs_weights_in_half_precision(exported: Path):
    run = Path((exported / "run").read_text())
    trained = torch.load(run / "last.pt", weights_only=True)["model"]

    loaded = load_reader(exported).model.state_dict()

    assert set(loaded) == set(trained)
    for name, tensor in trained.items():
        torch.testing.assert_close(loaded[name], tensor, rtol=1e-3, atol=1e-6)  # float16's eleven bits


def test_the_exported_tokenizer_does_not_truncate(exported: Path):
    kept = json.loads((exported / "tokenizer.json").read_text())

    assert kept["truncation"] is None
    assert kept["padding"] is None


def test_the_card_tells_how_it_was_made(exported: Path):
    card = (exported / "README.md").read_text()

    assert "python -m inference.training train" in card
    assert "a test's machine" in card


def test_a_changed_byte_is_noticed(exported: Path):
    record = read_record(exported)
    before = (exported / "vocab.txt").read_bytes()
    (exported / "vocab.txt").write_bytes(before[:-1] + b"?")

    with pytest.raises(ValueError, match=r"vocab\.txt does not match"):
        read_record(exported)

    (exported / "vocab.txt").write_bytes(before)
    assert read_record(exported) == record


def test_figures_written_later_reach_record_and_card(exported: Path):
    record = read_record(exported)
    record["figures"]["some.dev"] = {"em": 50.0, "em_interval": [40.0, 60.0], "f1": 61.5}

    write_record(exported, record)

    assert read_record(exported)["figures"]["some.dev"]["f1"] == 61.5
    assert "| some.dev | em 50.0 [40.0, 60.0], f1 61.5 |" in (exported / "README.md").read_text()
