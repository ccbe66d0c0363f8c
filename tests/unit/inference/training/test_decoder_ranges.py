"""A decoder's ranges are the largest magnitudes of a Llama, Qwen2 or Qwen3 whose products are watched one by one."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from inference.attention.paged import PagedAttention
from inference.batch import Batch, Part
from inference.kvcache.storage import KVStorage
from inference.layers.linear import pack
from inference.models.decoder import Decoder
from inference.models.registry import load_decoder
from inference.training.decoder_ranges import decoder_ranges_of
from tests.tiny_decoders import FAMILIES, write_decoder

TEXTS = [torch.randint(0, 97, (n,), generator=torch.Generator().manual_seed(n)).tolist() for n in (30, 1, 150)]


@pytest.fixture(params=FAMILIES)
def model(request: pytest.FixtureRequest, tmp_path: Path) -> Decoder:
    return load_decoder(write_decoder(tmp_path, request.param), dtype=torch.float32)


def logits_and_kept(model: Decoder, ids: list[int]) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
    """Through the KV cache: of each layer the keys and values of all tokens, [kv_heads, tokens, head_dim]."""
    storage, num_blocks = KVStorage(model.kv_layout(num_blocks=10, block_size=16)), -(-len(ids) // 16)
    part = Part(ids=ids, start=0, block_ids=range(num_blocks), slots=range(len(ids)))
    with torch.inference_mode():
        logits = model(Batch.of([part], block_size=16), PagedAttention(storage))
    read = [storage.read(layer, torch.arange(num_blocks)) for layer in range(2)]
    return logits, [(keys[:, 0, : len(ids)], values[:, 0, : len(ids)]) for keys, values in read]


def test_keys_and_values_reach_what_the_cache_holds(model: Decoder):
    kept = [logits_and_kept(model, ids)[1] for ids in TEXTS]

    ranges = decoder_ranges_of(model, TEXTS)

    for layer, found in enumerate(ranges):
        for place, largest in enumerate((found.keys, found.values)):
            expected = torch.cat([text[layer][place] for text in kept], 1).abs().amax(1)
            torch.testing.assert_close(largest, expected, rtol=1e-4, atol=1e-5)


def test_products_reach_what_goes_into_them(model: Decoder, monkeypatch: pytest.MonkeyPatch):
    given: dict[nn.Module, list[Tensor]] = {}
    forward = nn.Linear.forward

    def noted(self: nn.Linear, inputs: Tensor) -> Tensor:
        given.setdefault(self, []).append(inputs)
        return forward(self, inputs)

    monkeypatch.setattr(nn.Linear, "forward", noted)
    ranges = decoder_ranges_of(model, TEXTS)

    for layer, found in zip(model.layers, ranges, strict=True):
        products = {"qkv": layer.attention.qkv, "output": layer.attention.output}
        products |= {"gate_up": layer.mlp.gate_up, "down": layer.mlp.down}
        for name, product in products.items():
            inputs = given[product]
            assert [len(rows) for rows in inputs] == [30, 1, 150]
            assert torch.equal(asdict(found)[name], torch.cat(inputs).abs().amax(0))


def test_more_texts_never_reach_less(model: Decoder):
    fewer, more = (by_name(decoder_ranges_of(model, texts)) for texts in (TEXTS[:1], TEXTS))

    assert all(bool((more[name] >= fewer[name]).all()) for name in fewer)
    assert any(bool((more[name] > fewer[name]).any()) for name in fewer)


def test_the_model_is_left_as_it_was(model: Decoder):
    before, _ = logits_and_kept(model, TEXTS[0])

    with pytest.raises(IndexError):
        decoder_ranges_of(model, [TEXTS[0], [97]])  # beyond the vocabulary

    assert torch.equal(logits_and_kept(model, TEXTS[0])[0], before)
    assert not any(module._forward_pre_hooks for module in model.modules())


def test_packed_products_are_watched_too(model: Decoder):
    plain = by_name(decoder_ranges_of(model, TEXTS))
    pack(model, "fp32")

    for name, largest in by_name(decoder_ranges_of(model, TEXTS)).items():
        torch.testing.assert_close(largest, plain[name], rtol=1e-3, atol=1e-4)


def by_name(ranges: Any) -> dict[str, Tensor]:
    return {f"{layer}.{name}": largest for layer, found in enumerate(ranges) for name, largest in asdict(found).items()}
