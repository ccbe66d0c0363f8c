"""Which arithmetic is run: what was asked for, or what measures faster; either way the weights are held once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from inference import precision
from inference.errors import ConfigError
from inference.models.bert import BertForEmbedding, BertLayer
from inference.models.runner import ModelRunner
from inference.precision import choose_precision
from inference.quant.int8 import is_exact, largest_exact
from inference.quant.packed import PackedLinear
from inference.quant.products import FeedWeights
from inference.quant.static import LayerSteps, StaticFeed, StaticLinear
from inference.request import Row
from tests.tiny import write_encoder

ROWS = [Row((2, 7, 8, 9, 3), second_from=5), Row((2, 11, 3), second_from=3)]


@pytest.fixture
def model(tmp_path: Path) -> BertForEmbedding:
    return BertForEmbedding.load(write_encoder(tmp_path / "encoder"), pooling="mean")


def rounded(block: BertLayer) -> FeedWeights:
    """Its feed-forward, as if it had been trained for static INT8."""
    own, steps = block.weights(), LayerSteps(up=torch.full((16,), 0.05), middle=0.02, middle_zero=9)
    return FeedWeights(up=own.up, up_bias=own.up_bias, down=own.down, down_bias=own.down_bias, steps=steps)


def run(model: BertForEmbedding, wanted: precision.Precision) -> np.ndarray:
    runner = ModelRunner({"embed": model}, threads=1)
    choose_precision({"embed": model}, wanted, runner)
    return np.stack(runner.run("embed", ROWS))


def test_every_arithmetic_says_nearly_the_same(tmp_path: Path):
    folder = write_encoder(tmp_path / "encoder")
    arithmetics: list[precision.Precision] = ["fp32", "bf16", *(["int8"] if is_exact() else [])]  # type: ignore[list-item]  # a name

    plain, *others = (run(BertForEmbedding.load(folder, pooling="mean"), each) for each in arithmetics)

    for other in others:
        assert float((plain * other).sum(1).min()) > 0.99  # sixteen channels average little out


def test_bf16_that_is_only_imitated_is_obeyed_and_warned_of(
    model: BertForEmbedding, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(precision, "HAS_BF16", False)

    assert choose_precision({"embed": model}, "bf16", ModelRunner({"embed": model}, threads=1)) == "bf16"
    assert "imitates bf16" in caplog.text


def test_the_faster_arithmetic_is_chosen(model: BertForEmbedding, monkeypatch: pytest.MonkeyPatch):
    seconds = iter([10.0, 5.0])
    monkeypatch.setattr(precision, "HAS_BF16", True)
    monkeypatch.setattr(precision, "_seconds", lambda runner, task: next(seconds))

    assert choose_precision({"embed": model}, "auto", ModelRunner({"embed": model}, threads=1)) == "bf16"


def test_a_gain_within_noise_keeps_the_digits(model: BertForEmbedding, monkeypatch: pytest.MonkeyPatch):
    seconds = iter([10.0, 9.5])
    monkeypatch.setattr(precision, "HAS_BF16", True)
    monkeypatch.setattr(precision, "_seconds", lambda runner, task: next(seconds))

    assert choose_precision({"embed": model}, "auto", ModelRunner({"embed": model}, threads=1)) == "fp32"


def test_a_processor_without_bf16_does_not_wait_for_its_slow_imitation(
    model: BertForEmbedding, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(precision, "HAS_BF16", False)
    monkeypatch.setattr(precision, "_seconds", lambda runner, task: pytest.fail("something was measured"))

    assert choose_precision({"embed": model}, "auto", ModelRunner({"embed": model}, threads=1)) == "fp32"


@pytest.mark.skipif(not is_exact(), reason="this machine has no exact INT8 kernels")
@pytest.mark.parametrize(("static", "is_used"), [(4.0, True), (9.9, False)])
def test_a_calibrated_network_runs_in_int8_where_that_is_faster(
    model: BertForEmbedding, monkeypatch: pytest.MonkeyPatch, static: float, is_used: bool
):
    for layer in model.encoder.layers:
        steps = torch.full((16,), 0.05)
        layer.steps = LayerSteps(project=steps, output=steps, up=steps, middle=0.02, middle_zero=9)
    seconds = iter([10.0, 9.9, 10.0, static])
    monkeypatch.setattr(precision, "HAS_BF16", True)
    monkeypatch.setattr(precision, "_seconds", lambda runner, task: next(seconds))

    choose_precision({"embed": model}, "auto", ModelRunner({"embed": model}, threads=1))

    assert [isinstance(products.project, StaticLinear) for products in model.encoder.products] == [is_used] * 2


@pytest.mark.skipif(not largest_exact(), reason="this machine has no INT8 kernels")
@pytest.mark.parametrize(("task", "is_used"), [("read", True), ("embed", False)])
def test_without_the_eighth_bit_answers_are_read_in_int8_and_vectors_are_not(
    model: BertForEmbedding, monkeypatch: pytest.MonkeyPatch, task: str, is_used: bool
):
    for layer in model.encoder.layers:
        steps = torch.full((16,), 0.05)
        layer.steps = LayerSteps(project=steps, output=steps, up=steps, middle=0.02, middle_zero=9)
    seconds = iter([10.0, 4.0])
    monkeypatch.setattr(precision, "is_exact", lambda: False)
    monkeypatch.setattr(precision, "HAS_BF16", False)
    monkeypatch.setattr(precision, "_seconds", lambda runner, task: next(seconds))

    assert choose_precision({task: model}, "auto", ModelRunner({task: model}, threads=1)) == "fp32"

    assert [isinstance(products.project, StaticLinear) for products in model.encoder.products] == [is_used] * 2


@pytest.mark.skipif(not is_exact(), reason="this machine has no exact INT8 kernels")
def test_feeds_trained_for_int8_are_run_instead_of_the_plain_ones(
    model: BertForEmbedding, monkeypatch: pytest.MonkeyPatch
):
    feeds = [rounded(block) for block in model.encoder.blocks]
    feeds[0] = replace(feeds[0], down_bias=torch.full((16,), 1000.0))  # so large that it is seen
    model.encoder.know_rounded(feeds)
    seconds = iter([10.0, 9.9, 10.0, 4.0])
    monkeypatch.setattr(precision, "HAS_BF16", True)
    monkeypatch.setattr(precision, "_seconds", lambda runner, task: next(seconds))
    runner = ModelRunner({"embed": model}, threads=1)

    assert choose_precision({"embed": model}, "auto", runner) == "int8"
    assert isinstance(model.encoder.products[0].feed, StaticFeed)
    assert isinstance(model.encoder.products[0].output, PackedLinear)  # it has no steps
    assert float(model.encoder.products[0].feed(torch.zeros(1, 16)).max()) > 900
    assert not any(block.rounded for block in model.encoder.blocks)  # held once


@pytest.mark.parametrize("wanted", ["fp32", "bf16"])
def test_feeds_trained_for_int8_are_left_where_another_arithmetic_is_asked_for(
    model: BertForEmbedding, wanted: precision.Precision
):
    model.encoder.know_rounded([rounded(block) for block in model.encoder.blocks])

    assert choose_precision({"embed": model}, wanted, ModelRunner({"embed": model}, threads=1)) == wanted
    assert not any(isinstance(products.feed, StaticFeed) for products in model.encoder.products)


def test_int8_without_its_kernels_is_refused(model: BertForEmbedding, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(precision, "is_exact", lambda: False)

    with pytest.raises(ConfigError, match="INT8"):
        choose_precision({"embed": model}, "int8", ModelRunner({"embed": model}, threads=1))


def test_only_the_packed_copy_of_the_products_weights_stays(model: BertForEmbedding):
    run(model, "bf16")

    assert not [name for name, _ in model.named_parameters() if ".up." in name or ".query." in name]
