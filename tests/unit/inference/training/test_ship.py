"""What the product carries reads like the export it came from, and holds none of the encoder's words."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from inference.calibration import FEATURES, Calibration
from inference.errors import ConfigError
from inference.reading import checkpoint
from inference.reading.checkpoint import ReaderCheckpoint
from inference.training.checkpoint import read_record, write_record
from inference.training.data import Question, load_tokenizer, tokenise
from inference.training.export import export
from inference.training.loop import TrainConfig, Trainer
from inference.training.network import reader_from, take_weights
from inference.training.ship import ship
from tests.tiny_training import trained_a_little

SAMPLE = [("When did the mill open?", "The mill near the river opened in 1912. It burned down.")]


@pytest.fixture(scope="module")
def exported(base: Path, questions: list[Question], tmp_path_factory: pytest.TempPathFactory) -> Path:
    run, target = tmp_path_factory.mktemp("run"), tmp_path_factory.mktemp("exported")
    config = TrainConfig(minutes=1, batch_tokens=128)
    examples = tokenise(questions, load_tokenizer(base))
    trained_a_little(Trainer(reader_from(base, seed=1), examples, config=config, folder=run))
    record = export(run, base=base, target=target, hardware="a test's machine")
    one = (1.0,) * len(FEATURES)
    calibration = Calibration(names=FEATURES, means=one, scales=one, weights=one, bias=0.0)
    write_record(target, {**record, "calibration": calibration.to_json(), "abstain_below": 0.4})
    return target


@pytest.fixture
def shipped(base: Path, exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(checkpoint, "packaged_encoder", lambda: base)
    ship(exported, base=base, target=tmp_path / "shipped", sample=SAMPLE)
    return tmp_path / "shipped"


def test_the_shipped_reader_is_the_exported_one_within_the_steps_of_its_rounding(exported: Path, shipped: Path):
    whole, slim = ReaderCheckpoint.open(exported), ReaderCheckpoint.open(shipped)

    expected, actual = whole.model.state_dict(), slim.model.state_dict()
    assert set(actual) == set(expected)
    for name, tensor in expected.items():
        assert float((actual[name] - tensor).norm()) <= 0.02 * float(tensor.norm()) + 1e-6, name
    assert slim.words.abstain_below == whole.words.abstain_below == 0.4


def test_products_are_shipped_in_int8_with_the_steps_of_their_inputs(shipped: Path):
    weights, reader = load_file(shipped / "model.safetensors"), ReaderCheckpoint.open(shipped)

    matrices = [tensor for name, tensor in weights.items() if ".layer." in name and name.endswith(".weight")]
    assert {tensor.dtype for tensor in matrices if tensor.ndim == 2} == {torch.int8}
    assert reader.model.encoder.is_calibrated


def test_a_training_can_begin_with_what_ships(base: Path, exported: Path, shipped: Path):
    fresh, whole = reader_from(base, seed=5), load_file(exported / "model.safetensors")
    take_weights(fresh, shipped)

    for name, tensor in fresh.state_dict().items():
        assert float((tensor - whole[name]).norm()) <= 0.02 * float(tensor.norm()) + 1e-6, name


def test_a_training_does_not_begin_with_an_encoder(base: Path):
    with pytest.raises(ConfigError):
        take_weights(reader_from(base, seed=5), base)


def test_the_exported_reader_knows_no_steps(exported: Path):
    assert not ReaderCheckpoint.open(exported).model.encoder.is_calibrated


def test_the_encoders_words_and_vocabulary_are_left_out(shipped: Path):
    assert sorted(path.name for path in shipped.iterdir()) == [
        "README.md",
        "checkpoint.json",
        "config.json",
        "model.safetensors",
    ]
    assert not any("word_embeddings" in name for name in load_file(shipped / "model.safetensors"))


def test_another_encoder_is_refused(shipped: Path):
    record = read_record(shipped)
    write_record(shipped, {**record, "words": {**record["words"], "weights": "another"}})

    with pytest.raises(ConfigError, match="has changed"):
        ReaderCheckpoint.open(shipped)


def test_trained_words_cannot_be_left_out(base: Path, exported: Path, tmp_path: Path):
    copy = tmp_path / "trained"
    shutil.copytree(exported, copy)
    weights = load_file(copy / "model.safetensors")
    weights["bert.embeddings.word_embeddings.weight"] += 1
    save_file(weights, copy / "model.safetensors")
    write_record(copy, {name: value for name, value in read_record_unchecked(copy).items() if name != "files"})

    with pytest.raises(ValueError, match="they were trained"):
        ship(copy, base=base, target=tmp_path / "shipped", sample=SAMPLE)


def test_a_plain_hugging_face_folder_is_read_by_its_margin(exported: Path, tmp_path: Path):
    plain = tmp_path / "plain"
    shutil.copytree(exported, plain)
    (plain / "checkpoint.json").unlink()

    reader = ReaderCheckpoint.open(plain)

    assert reader.words == reader.yes_no
    assert reader.words.abstain_below == 0.5
    assert reader.words.calibration.probability({"margin": 4.0}) > 0.8


def read_record_unchecked(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "checkpoint.json").read_text())
    return found
