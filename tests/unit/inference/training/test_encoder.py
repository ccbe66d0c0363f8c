"""The encoder's feed-forwards learn to bear rounding, and what is written is what the engine runs."""

from __future__ import annotations

import gzip
import json
from dataclasses import asdict
from pathlib import Path

import pytest

from inference.errors import ConfigError
from inference.models.rounded_feeds import rounded_feeds
from inference.quant.int8 import is_exact
from inference.training.data import Question
from inference.training.distill import DistillConfig
from inference.training.encoder import train
from inference.weights.loader import weights_digest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not is_exact(), reason="this machine has no exact INT8 kernels"),
]
CONFIG = DistillConfig(minutes=0.005, num_short=4, num_long=2, calibrated_on=1, copies=4, log_every_s=0.1)


@pytest.fixture(scope="module")
def sets(questions: list[Question], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sets")
    for name in ("squad_v1.train", "natural_questions_qed.train", "cmrc2018.train", "squad_v1.dev", "cmrc2018.dev"):
        with gzip.open(folder / f"{name}.jsonl.gz", "wt") as lines:
            lines.writelines(json.dumps(asdict(question)) + "\n" for question in questions)
    return folder


@pytest.fixture(scope="module")
def written(base: Path, sets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run, target = tmp_path_factory.mktemp("run"), tmp_path_factory.mktemp("written")
    train(run, base=base, data=sets, target=target, config=CONFIG, hardware="a test's machine", limit=8)
    return target


def test_the_written_feeds_are_read_for_the_weights_they_were_trained_from(base: Path, written: Path):
    found = rounded_feeds(written, of=weights_digest(base))

    assert found is not None
    assert [feed.up.shape for feed in found] == [(36, 16)] * 2  # four channels more


def test_other_weights_get_no_feeds(written: Path):
    assert rounded_feeds(written, of="another") is None


def test_a_changed_file_is_refused(base: Path, written: Path, tmp_path: Path):
    for path in written.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "README.md").write_text("something else")

    with pytest.raises(ConfigError, match="checksum"):
        rounded_feeds(tmp_path, of=weights_digest(base))


def test_the_record_and_the_card_tell_how_it_came_about(written: Path):
    record = json.loads((written / "checkpoint.json").read_text())
    card = (written / "README.md").read_text()

    assert record["training"]["steps"] > 0
    assert record["training"]["command"] in card
    assert set(record["figures"]["squad_v1.dev, questions"]) >= {"cosine", "least_cosine", "overlap"}
    assert record["figures"]["squad_v1.dev, passages"]["cosine"] > 0.9
