"""Exported graphs say what the networks say, to whoever reads ONNX; a graph of other weights is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from inference import ConfigError, Engine, EngineConfig
from inference.export import main
from tests.tiny import write_encoder, write_reader

TEXTS = [
    "the mill",
    "",
    "ada babbage founded the town . cats sleep on mats near the river",
    "mill river hill town " * 40,
]
QUESTION, PASSAGES = "when did the mill open ?", ["the mill opened in 1912 . it burned down .", "cats sleep on mats ."]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("export")
    write_encoder(made / "encoder")
    write_reader(made / "reader", seed=1)
    for name, more in (("fp32", []), ("int8", ["--int8"])):
        assert main([*networks(made), *more, str(made / name)]) == 0
    return made


def networks(folder: Path) -> list[str]:
    return ["--encoder", str(folder / "encoder"), "--reader", str(folder / "reader")]


def engine(folder: Path, onnx: str | None = None) -> Engine:
    return Engine(
        EngineConfig(
            encoder=str(folder / "encoder"),
            reader=str(folder / "reader"),
            quantization="fp32",
            onnx=str(folder / onnx) if onnx else None,
        )
    )


def test_vectors_and_readings_agree_with_torch(folder: Path):
    with engine(folder) as ours, engine(folder, "fp32") as theirs:
        np.testing.assert_allclose(ours.embed(TEXTS), theirs.embed(TEXTS), atol=1e-5)
        first, second = ours.read(QUESTION, PASSAGES), theirs.read(QUESTION, PASSAGES)

    assert [(span.passage, span.start, span.end) for span in first.spans] == [
        (span.passage, span.start, span.end) for span in second.spans
    ]
    assert first.confidence == pytest.approx(second.confidence, abs=1e-4)
    assert ours.encoder_fingerprint == theirs.encoder_fingerprint
    assert (theirs.precision, theirs.reader_fingerprint) == ("fp32", ours.reader_fingerprint)


def test_int8_graphs_are_near_and_their_vectors_go_by_another_name(folder: Path):
    with engine(folder) as ours, engine(folder, "int8") as theirs:
        near = (ours.embed(TEXTS) * theirs.embed(TEXTS)).sum(1)

    assert near.min() > 0.98
    assert theirs.precision == "int8"
    assert theirs.encoder_fingerprint == f"{ours.encoder_fingerprint}:onnx-int8"


def test_a_graph_goes_by_the_fields_names_and_takes_any_shape(folder: Path):
    encoder = onnxruntime.InferenceSession(folder / "fp32" / "encoder.onnx")
    reader = onnxruntime.InferenceSession(folder / "fp32" / "reader.onnx")
    names = ["input_ids", "attention_mask", "token_type_ids"]

    assert [given.name for given in encoder.get_inputs()] == names
    for rows, tokens in ((1, 1), (3, 64)):
        given = dict(zip(names, np.ones((3, rows, tokens), np.int64), strict=True))
        assert encoder.run(["sentence_embedding"], given)[0].shape == (rows, 16)
        assert [logits.shape for logits in reader.run(["start_logits", "end_logits"], given)] == [(rows, tokens)] * 2


def test_a_graph_of_other_weights_is_refused(folder: Path, tmp_path: Path):
    other = write_encoder(tmp_path / "other", seed=9)

    with pytest.raises(ConfigError, match="not made of these weights"):
        Engine(EngineConfig(encoder=str(other), use_reader=False, onnx=str(folder / "fp32")))


@pytest.mark.parametrize("content", [None, b"", b"no graph"])
def test_a_folder_without_graphs_is_refused(folder: Path, tmp_path: Path, content: bytes | None):
    if content is not None:
        (tmp_path / "encoder.onnx").write_bytes(content)

    with pytest.raises(ConfigError, match=re.escape("encoder.onnx cannot be run")):
        Engine(EngineConfig(encoder=str(folder / "encoder"), use_reader=False, onnx=str(tmp_path)))


def test_graphs_run_on_the_processor_alone():
    with pytest.raises(ConfigError, match="device must be cpu"):
        EngineConfig(onnx="graphs", device="auto")


def test_what_was_written_and_how_near_it_is_are_told(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main([*networks(folder), "--no-reader", str(tmp_path / "made")]) == 0

    said = capsys.readouterr().out
    assert re.search(r"encoder\.onnx: 0\.\d MiB\n", said)
    assert "cosine 1.00000 at least" in said
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["encoder.onnx"]


def test_what_is_no_checkpoint_is_said_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["--encoder", str(tmp_path), "--no-reader", str(tmp_path / "made")]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_a_folder_that_cannot_be_made_is_said_in_a_sentence(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "taken").write_text("a file")

    assert main([*networks(folder), str(tmp_path / "taken")]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_a_reader_whose_layers_run_apart_reads_the_same_but_for_what_is_rounded(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A graph keeps nothing of passages; what the engine keeps is rounded to INT8, here to nothing."""
    monkeypatch.setattr("inference.models.seam.quantize_rows", lambda states: (states, torch.ones(len(states))))
    encoder, reader = str(folder / "encoder"), str(write_reader(tmp_path / "reader", layers_apart=1))
    assert main(["--encoder", encoder, "--reader", reader, str(tmp_path / "made")]) == 0

    config = EngineConfig(encoder=encoder, reader=reader, quantization="fp32")
    with Engine(config) as ours, Engine(replace(config, onnx=str(tmp_path / "made"))) as theirs:
        own, exported = (each.read(QUESTION, PASSAGES) for each in (ours, theirs))

    assert [(span.passage, span.start, span.end) for span in exported.spans] == [
        (span.passage, span.start, span.end) for span in own.spans
    ]
    assert [span.score for span in exported.spans] == pytest.approx([span.score for span in own.spans], abs=1e-3)
