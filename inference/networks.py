"""The networks a configuration names, loaded; and what runs them, where and in the arithmetic it says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import torch

from .config import EngineConfig
from .device import Device, Work, available, place
from .errors import ConfigError
from .models.bert import BertForEmbedding, BertForSpans
from .models.rounded_feeds import SHIPPED, rounded_feeds
from .models.row_attention import PackedRows
from .models.runner import ModelRunner
from .onnx.runner import OnnxRunner
from .precision import choose_precision, rows_across
from .reading.checkpoint import ReaderCheckpoint
from .request import Row
from .weights.loader import weights_digest

_USUAL_TOKENS = 256  # of a step, where devices are weighed against each other
_WARM_UP_LENGTHS = (8, 64)  # of rows run before anybody asks: short ones go through loops of their own


class Runner(Protocol):
    """Rows through the network ``task``, one output a row; used by one thread."""

    @property
    def precision(self) -> str:
        """The arithmetic that embeds."""

    @property
    def vectors_apart(self) -> str:
        """Names vectors that lie too far from those of the weights' other arithmetics to be mixed; empty for none."""

    def run(self, task: str, rows: Sequence[Row]) -> list[Any]: ...  # Any: numpy arrays


@dataclass(frozen=True, slots=True, kw_only=True)
class Networks:
    """The encoder, and a reader where there is one; ``digests`` names the weights of each, by task."""

    encoder: BertForEmbedding
    reader: ReaderCheckpoint | None
    digests: Mapping[str, str]
    max_tokens: int  # of a text that is embedded

    @classmethod
    def load(cls, config: EngineConfig) -> Self:
        """ConfigError for a folder that is not what it should be."""
        folder, reading = config.encoder_path, config.reader_path
        encoder = BertForEmbedding.load(folder, pooling=_pooling(folder))
        reader = ReaderCheckpoint.open(reading) if reading else None
        digests = {"embed": weights_digest(folder)}
        if reading:
            digests["read"] = weights_digest(reading)
        max_tokens = _max_tokens(folder, encoder.encoder.positions.num_embeddings)
        return cls(encoder=encoder, reader=reader, digests=digests, max_tokens=max_tokens)

    @property
    def dimension(self) -> int:
        return self.encoder.encoder.words.embedding_dim

    @property
    def models(self) -> dict[str, BertForEmbedding | BertForSpans]:
        """By task."""
        return {"embed": self.encoder} | ({"read": self.reader.model} if self.reader else {})

    def fingerprint(self, runner: Runner) -> str:
        """Names the vectors that ``runner`` makes: weights, pooling and window, and what sets them apart."""
        named = (self.digests["embed"], self.encoder.pooling, self.max_tokens, runner.vectors_apart)
        return ":".join(str(part) for part in named if part != "")

    def runner(self, config: EngineConfig) -> Runner:
        """What runs them, warmed up; their own weights are forgotten."""
        runner = self._by_onnx(config, Path(config.onnx)) if config.onnx else self._by_torch(config)
        for task, model in self.models.items():
            for length in (min(each, model.encoder.positions.num_embeddings) for each in _WARM_UP_LENGTHS):
                runner.run(task, [Row((0,) * length, second_from=length)])
        return runner

    def _by_torch(self, config: EngineConfig) -> Runner:
        models = self.models
        if config.quantization in ("auto", "int8") and (feeds := rounded_feeds(SHIPPED, of=self.digests["embed"])):
            self.encoder.encoder.know_rounded(feeds)
        if self.reader and config.device == "cpu":  # elsewhere each network may be somewhere else
            _share_words(self.reader.model, self.encoder)
        runner = ModelRunner(models, threads=config.threads, devices=_devices(config.device, models))
        runner.precision = choose_precision(models, config.quantization, runner)
        if config.states_folder and config.device == "cpu":
            self._keep_states(Path(config.states_folder), max_bytes=config.states_mb * 2**20)
        return runner

    def _keep_states(self, folder: Path, *, max_bytes: int) -> None:
        """Of passages, by a reader that reads them apart; ConfigError where the folder cannot be used."""
        seam = self.reader.model.seam if self.reader else None
        if self.reader is None or seam is None:
            return
        encoder = self.reader.model.encoder
        sample = rows_across(encoder.words.num_embeddings, [_USUAL_TOKENS // 4])
        try:
            with torch.inference_mode():
                seam.open_folder(folder, encoder, PackedRows.of(sample), max_bytes=max_bytes)
        except OSError as error:
            raise ConfigError(f"states_folder {folder} cannot be used: {error}") from error

    def _by_onnx(self, config: EngineConfig, folder: Path) -> Runner:
        runner = OnnxRunner.open(folder, weights=self.digests, threads=config.threads)
        for model in self.models.values():
            model.encoder.forget_weights()
        return runner


def _share_words(reader: BertForSpans, encoder: BertForEmbedding) -> None:
    """A reader trained on the encoder's own words needs no second table of them: half of either network's memory."""
    ours, theirs = reader.encoder.words.weight, encoder.encoder.words.weight
    if ours.shape == theirs.shape and torch.equal(ours, theirs):
        reader.encoder.words = encoder.encoder.words


def _devices(wanted: str, models: Mapping[str, BertForEmbedding | BertForSpans]) -> dict[str, Device]:
    if wanted != "auto":
        return dict.fromkeys(models, Device.open(wanted))
    devices = available()
    return place({task: _work(model) for task, model in models.items()}, devices) if len(devices) > 1 else {}


def _work(model: BertForEmbedding | BertForSpans) -> Work:
    """A usual step, as a network's parameters tell it: each multiplied once a token, the words only looked up."""
    num_all = sum(parameter.numel() for parameter in model.parameters())
    num_multiplied = num_all - model.encoder.words.weight.numel()
    moved_bytes = _USUAL_TOKENS * (4 * 8 + 4 * model.encoder.words.embedding_dim)  # ids there, states back
    return Work(flops=2.0 * num_multiplied * _USUAL_TOKENS, moved_bytes=moved_bytes, held_bytes=4 * num_all)


def _pooling(folder: Path) -> str:
    """How the sentence-transformers folder pools; ConfigError for modules we do not run."""
    modules = folder / "modules.json"
    if not modules.is_file():
        return "mean"
    kinds = [entry["type"].rsplit(".", 1)[-1] for entry in _json(modules)]
    if kinds[:2] != ["Transformer", "Pooling"] or kinds[2:] not in ([], ["Normalize"]):
        raise ConfigError(f"{folder.name} is {' + '.join(kinds)}; served is Transformer + Pooling (+ Normalize)")
    pooling = _json(folder / _json(modules)[1]["path"] / "config.json")
    for name, kind in (("pooling_mode_mean_tokens", "mean"), ("pooling_mode_cls_token", "cls")):
        if pooling.get(name):
            return kind
    raise ConfigError(f"{folder.name} pools in a way that is not served; mean and cls are")


def _max_tokens(folder: Path, positions: int) -> int:
    path = folder / "sentence_bert_config.json"
    return min(positions, int(_json(path).get("max_seq_length") or positions)) if path.is_file() else positions


def _json(path: Path) -> Any:  # Any: JSON
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
