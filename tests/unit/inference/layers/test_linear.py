"""Packed products give what the plain ones give, as near as their arithmetic allows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from inference.attention.dense import DenseAttention
from inference.batch import Batch, Part
from inference.layers.linear import DTYPES, PackedProduct, choose_arithmetic, pack
from inference.models.registry import load_decoder
from inference.quant.weight_only import WeightOnlyEmbedding
from tests.tiny_decoders import write_decoder

PROMPT = list(range(40))


@pytest.fixture
def inputs() -> torch.Tensor:
    return torch.randn(9, 1024, generator=torch.Generator().manual_seed(1))


def large(*, bias: bool) -> nn.Linear:
    torch.manual_seed(2)
    return nn.Linear(1024, 2048, bias=bias)


def packed(linear: nn.Linear, arithmetic: str) -> nn.Module:
    model = nn.Sequential(linear)
    pack(model, arithmetic)  # type: ignore[arg-type]  # a parameter
    return model


@pytest.mark.parametrize("bias", [True, False])
def test_fp32_is_the_plain_product(inputs: torch.Tensor, bias: bool):
    linear = large(bias=bias)

    with torch.inference_mode():
        torch.testing.assert_close(packed(linear, "fp32")(inputs), linear(inputs), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("num_rows", [1, 9, 40])
@pytest.mark.parametrize("arithmetic", ["bf16", "int8"])
def test_narrow_products_stay_within_a_hundredth(arithmetic: str, num_rows: int):
    """8 bits of mantissa, or 127 steps a side: about one percent of the output's size."""
    if choose_arithmetic(arithmetic) != arithmetic:  # type: ignore[arg-type]  # a parameter
        pytest.skip(f"this machine does not multiply in {arithmetic}")
    linear = large(bias=True)
    inputs = torch.randn(num_rows, 1024, generator=torch.Generator().manual_seed(1))

    with torch.inference_mode():
        exact = linear(inputs)
        found = packed(linear, arithmetic)(inputs.bfloat16()).float()

    assert float((found - exact).norm() / exact.norm()) < 0.015


def test_tied_words_are_held_once(tmp_path: Path):
    model = load_decoder(write_decoder(tmp_path, "qwen2", tie_word_embeddings=True), dtype=torch.float32)

    pack(model, "int8")

    assert isinstance(model.words, WeightOnlyEmbedding)
    assert isinstance(model.head, PackedProduct)
    assert np.shares_memory(model.head.int8.weight, model.words.rounded.weight.numpy())


def test_a_packed_decoder_gives_the_same_logits(tmp_path: Path):
    model = load_decoder(write_decoder(tmp_path, "qwen2"), dtype=torch.float32)
    batch = Batch.of([Part(ids=PROMPT, start=0, num_wanted=len(PROMPT))])
    with torch.inference_mode():
        plain = model(batch, DenseAttention())
        pack(model, "fp32")

        packed = model(batch, DenseAttention())

    assert not [child for child in model.modules() if isinstance(child, nn.Linear)]
    torch.testing.assert_close(packed, plain, rtol=0, atol=1e-4)


def test_auto_is_something_the_machine_has():
    assert choose_arithmetic("auto") in DTYPES
    assert choose_arithmetic("fp32") == "fp32"


def test_away_from_the_processor_int8_gives_way_to_bf16():
    chosen = [choose_arithmetic(wanted, is_cpu=False) for wanted in ("auto", "int8", "bf16", "fp32")]  # type: ignore[arg-type]  # each

    assert chosen == ["bf16", "bf16", "bf16", "fp32"]
