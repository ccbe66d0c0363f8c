"""What lies between two readers: each weight its share, the rest of the folder the first one's."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from inference.errors import ConfigError
from inference.training.average import average
from inference.training.checkpoint import read_record
from inference.training.data import Question, load_tokenizer, tokenise
from inference.training.export import export
from inference.training.loop import TrainConfig, Trainer
from inference.training.network import reader_from
from inference.weights.loader import read_weights
from tests.tiny import write_reader
from tests.tiny_training import trained_a_little


@pytest.fixture
def readers(base: Path, questions: list[Question], tmp_path: Path) -> tuple[Path, Path]:
    examples = tokenise(questions, load_tokenizer(base))
    for seed in (1, 2):
        config = TrainConfig(minutes=1, batch_tokens=128, seed=seed)
        trained_a_little(Trainer(reader_from(base, seed=seed), examples, config=config, folder=tmp_path / f"run{seed}"))
        export(tmp_path / f"run{seed}", base=base, target=tmp_path / f"reader{seed}", hardware="a test's machine")
    return tmp_path / "reader1", tmp_path / "reader2"


@pytest.mark.parametrize("share", [1.0, 0.25, 0.0])
def test_every_weight_has_its_share(readers: tuple[Path, Path], tmp_path: Path, share: float):
    average(readers[0], readers[1], share=share, target=tmp_path / "average")

    one, other, mixed = (read_weights(folder) for folder in (*readers, tmp_path / "average"))
    for name, tensor in mixed.items():
        expected = share * one[name].float() + (1 - share) * other[name].float()
        torch.testing.assert_close(tensor.float(), expected, rtol=1e-3, atol=1e-4)  # float16's eleven bits


def test_the_record_tells_both_steps_and_no_figures_of_before(readers: tuple[Path, Path], tmp_path: Path):
    average(readers[0], readers[1], share=0.6, target=tmp_path / "average")

    record = read_record(tmp_path / "average")
    train, mix = record["training"]["command"].splitlines()
    assert train.startswith("python -m inference.training train")
    assert mix.endswith("--share 0.6 --target TARGET")
    assert record["figures"] == {}


def test_another_shape_is_refused(readers: tuple[Path, Path], tmp_path: Path):
    with pytest.raises(ConfigError, match="shape"):
        average(readers[0], write_reader(tmp_path / "other"), share=0.5, target=tmp_path / "average")
