"""Compiled steps give the tokens and logits of the same rounded network run op by op."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from inference.attention.paged import PagedAttention
from inference.batch import Batch, Part
from inference.config import DecodingConfig
from inference.decoding import Decoding
from inference.errors import ConfigError
from inference.kvcache.storage import KVStorage
from inference.layers import linear
from inference.models.compiled_steps import CompiledSteps
from inference.models.decoder import Decoder
from inference.models.registry import load_decoder
from inference.quant.weight_only import FEW_ROWS, RoundedWeight
from tests.tiny_decoders import FAMILIES, write_decoder, write_generator
from tests.tiny_generation import BLOCK, WAYS, generated

PLAIN_WAYS = [name for name in WAYS if name != "int8 keys"]


def rounded(model: Decoder) -> Decoder:
    """Its weights are what INT8 makes of them, and its products torch's own."""
    for child in list(model.modules()):
        if isinstance(child, nn.Linear | nn.Embedding):
            found = RoundedWeight.of(child.weight)
            child.weight = nn.Parameter(found.weight * found.scales[:, None])
    return model


@pytest.fixture(params=[*FAMILIES, "tied"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "tied":
        return write_decoder(tmp_path, "qwen3", tie_word_embeddings=True, vocab_size=99)
    return write_decoder(tmp_path, request.param)


@pytest.fixture
def dtype() -> torch.dtype:
    """Of what is not a byte: in float32 only the order of sums differs."""
    return torch.float32


@pytest.fixture
def packed(folder: Path, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> Decoder:
    monkeypatch.setitem(linear.DTYPES, "int8", dtype)
    model = load_decoder(folder, dtype=dtype)
    linear.pack(model, "int8")
    return model


@pytest.mark.parametrize("way", PLAIN_WAYS)
def test_greedy_tokens_are_those_of_the_rounded_network(folder: Path, packed: Decoder, way: str):
    expected = generated(rounded(load_decoder(folder, dtype=torch.float32)))

    found = generated(packed, lambda storage, scratch: CompiledSteps(packed, storage, scratch=scratch), **WAYS[way])

    assert found == expected


def prompt_then(model: Decoder, parts: list[Part]) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits of ``parts`` behind two prompts of 21 and 5 tokens: compiled, and op by op."""
    storage = KVStorage(model.kv_layout(num_blocks=20, block_size=BLOCK))
    attention = PagedAttention(storage)
    prompts = [
        Part(ids=range(21), start=0, block_ids=range(7), slots=range(21)),
        Part(ids=range(5), start=0, block_ids=(9, 8, 7), slots=(36, 37, 38, 39, 32)),
    ]
    with torch.inference_mode():
        model(Batch.of(prompts, block_size=BLOCK), attention)
        steps = CompiledSteps(model, storage, scratch=19)
        found = steps.run(parts)
        assert found is not None
        return found.clone(), model(Batch.of(parts, block_size=BLOCK), attention)


STEPS = {
    "single tokens": [
        Part(ids=(3,), start=21, block_ids=range(7), slots=(21,)),
        Part(ids=(4,), start=5, block_ids=(9, 8, 7), slots=(33,)),
    ],
    "drafts and the end of a prompt": [
        Part(ids=(3, 4, 5), start=21, block_ids=range(7), slots=(21, 22, 23), num_wanted=3),
        Part(ids=(4, 9, 9, 1), start=5, block_ids=(9, 8, 7), slots=(33, 34, 35, 28), num_wanted=1),
    ],
    "a prompt that goes on": [
        Part(ids=(4, 9), start=5, block_ids=(9, 8, 7), slots=(33, 34), num_wanted=0),
        Part(ids=(3,), start=21, block_ids=range(7), slots=(21,)),
    ],
}


@pytest.mark.parametrize("parts", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 0.03)], ids=["fp32", "bf16"])
def test_logits_are_those_of_the_step_op_by_op(packed: Decoder, parts: list[Part], tolerance: float):
    """In bfloat16 the hidden states between operators are rounded op by op, and not here."""
    found, expected = prompt_then(packed, parts)

    assert float((found - expected).norm() / expected.norm()) < tolerance


def test_a_longer_step_is_left_to_torch(packed: Decoder):
    storage = KVStorage(packed.kv_layout(num_blocks=20, block_size=BLOCK))
    ids = range(FEW_ROWS + 1)

    steps = CompiledSteps(packed, storage, scratch=19)

    assert steps.run([Part(ids=ids, start=0, block_ids=range(5), slots=ids)]) is None


def test_int8_prompts_are_refused_without_exact_kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("inference.decoding.is_exact", lambda: False)

    with pytest.raises(ConfigError, match="int8_prompts"):
        Decoding.load(write_generator(tmp_path), DecodingConfig(cache_mb=1, int8_prompts=True))


@pytest.mark.parametrize("options", [{"precision": "bf16"}, {"device": "cuda"}], ids=str)
def test_int8_prompts_need_int8_on_the_processor(options: dict[str, Any]):
    with pytest.raises(ConfigError, match="int8_prompts"):
        DecodingConfig(int8_prompts=True, **options)


@pytest.mark.parametrize(
    ("options", "is_compiled"),
    [
        ({}, True),
        ({"precision": "bf16"}, False),
        ({"fused_steps": False}, False),
        ({"cache_int8": True}, False),
        ({"decode_keys": 64}, False),
        ({"sparse_attention": True}, False),
    ],
    ids=str,
)
def test_where_steps_are_compiled(
    options: dict[str, Any], is_compiled: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    made: list[object] = []
    monkeypatch.setattr("inference.decoding.CompiledSteps", lambda *_, **__: made.append(1))

    Decoding.load(write_generator(tmp_path), DecodingConfig(cache_mb=1, **options))

    assert bool(made) == is_compiled
