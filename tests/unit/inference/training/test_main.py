"""The command line: every verb explains itself, and the whole way works on a tiny set."""

from __future__ import annotations

import gzip
import json
from dataclasses import asdict
from pathlib import Path

import pytest

from inference.training import __main__ as command
from inference.training.checkpoint import read_record
from inference.training.data import Question


@pytest.fixture
def sets(tmp_path: Path, questions: list[Question]) -> Path:
    """The reading sets that training looks for, all with the same dozen questions."""
    folder = tmp_path / "sets"
    folder.mkdir()
    for name in ("squad_v1.train", "natural_questions_qed.train", "squad_v1.dev"):
        with gzip.open(folder / f"{name}.jsonl.gz", "wt") as lines:
            lines.writelines(json.dumps(asdict(question)) + "\n" for question in questions)
    return folder


@pytest.mark.parametrize("verb", ["train", "export", "calibrate", "evaluate"])
def test_every_verb_has_help(verb: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit, match="0"):
        command.main([verb, "--help"])

    assert "--" in capsys.readouterr().out


def test_a_missing_verb_is_an_error(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit, match="2"):
        command.main([])

    assert "verb" in capsys.readouterr().err


@pytest.mark.slow
def test_train_export_calibrate_evaluate(
    base: Path,
    sets: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setattr(command, "packaged_encoder", lambda: base)
    run, reader, dev = str(tmp_path / "run"), str(tmp_path / "reader"), str(sets / "squad_v1.dev.jsonl.gz")

    train = ["train", "--data", str(sets), "--folder", run, "--minutes", "0.005", "--twisted", "5"]
    command.main(["--threads", "1", *train])
    export = ["export", "--folder", run, "--target", reader, "--hardware", "a test's machine"]
    command.main([*export, "--notes", "The machine slept."])
    command.main(["calibrate", "--reader", reader, "--questions", dev])
    command.main(["evaluate", "--reader", reader, "--questions", dev, "--record"])

    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    record = read_record(tmp_path / "reader")
    assert record["training"]["command"].endswith(" --seed 7 --twisted 5")
    assert record["training"]["notes"] == "The machine slept."
    assert line["questions"] == 12
    assert record["figures"]["squad_v1.dev"]["f1"] == line["f1"]
    assert 0 <= record["abstain_below"] <= 1
    assert len(record["calibration"]["weights"]) == 10
