"""Random checkpoints of every family give Hugging Face's logits, and a bad checkpoint is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from inference.attention.dense import DenseAttention
from inference.batch import Batch, Part
from inference.errors import ConfigError
from inference.models.decoder import Decoder
from inference.models.registry import load_decoder
from tests.tiny_decoders import FAMILIES, write_decoder

PROMPT = [int(n) for n in torch.randint(0, 97, (40,), generator=torch.Generator().manual_seed(3))]

VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "tied": {"tie_word_embeddings": True},
    "one key head": {"num_key_value_heads": 1},
    "linear": {"rope_scaling": {"rope_type": "linear", "factor": 4.0}},
    "llama3": {
        "rope_scaling": {
            "rope_type": "llama3",
            "factor": 8.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 64,
        }
    },
    "yarn": {"rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 128}},
    "new spelling": {"rope_parameters": {"rope_type": "linear", "factor": 2.0, "rope_theta": 500000.0}},
}


def logits_of(model: Decoder, tokens: list[int]) -> torch.Tensor:
    """Of every token, [tokens, vocab]."""
    with torch.inference_mode():
        return model(Batch.of([Part(ids=tokens, start=0, num_wanted=len(tokens))]), DenseAttention())


def theirs_of(folder: Path, tokens: list[int]) -> torch.Tensor:
    transformers = pytest.importorskip("transformers", reason="transformers, the reference, is not installed")
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.inference_mode():
        return model(torch.tensor([tokens])).logits[0]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("variant", VARIANTS)
def test_logits_are_transformers(family: str, variant: str, tmp_path: Path):
    folder = write_decoder(tmp_path, family, **VARIANTS[variant])

    ours = logits_of(load_decoder(folder, dtype=torch.float32), PROMPT)

    torch.testing.assert_close(ours, theirs_of(folder, PROMPT), rtol=0, atol=1e-4)


def test_biases_everywhere_are_read(tmp_path: Path):
    folder = write_decoder(tmp_path, "llama", attention_bias=True, mlp_bias=True)

    ours = logits_of(load_decoder(folder, dtype=torch.float32), PROMPT)

    torch.testing.assert_close(ours, theirs_of(folder, PROMPT), rtol=0, atol=1e-4)


def test_logits_follow_the_papers_formulas_in_double_precision(tmp_path: Path):
    """A Llama written out plainly, a head at a time: the check that needs nobody else's code."""
    folder = write_decoder(tmp_path, "llama")
    w = {name.removeprefix("model."): t.double() for name, t in load_file(folder / "model.safetensors").items()}
    angles = torch.outer(torch.arange(40.0), 10000.0 ** -(torch.arange(0, 8, 2) / 8)).double()

    def norm(x: torch.Tensor, name: str) -> torch.Tensor:
        return x / (x.square().mean(-1, keepdim=True) + 1e-6).sqrt() * w[f"{name}.weight"]

    def turn(x: torch.Tensor) -> torch.Tensor:
        left, right = x[:, :4], x[:, 4:]
        cos, sin = angles.cos(), angles.sin()
        return torch.cat((left * cos - right * sin, right * cos + left * sin), -1)

    hidden = w["embed_tokens.weight"][PROMPT]
    for stem in ("layers.0", "layers.1"):
        x = norm(hidden, f"{stem}.input_layernorm")
        q, k, v = (x @ w[f"{stem}.self_attn.{name}_proj.weight"].T for name in "qkv")
        heads = []
        for head in range(6):
            shared = slice(head // 3 * 8, head // 3 * 8 + 8)
            scores = turn(q[:, head * 8 : head * 8 + 8]) @ turn(k[:, shared]).T / 8**0.5
            heads.append(scores.masked_fill(torch.ones(40, 40).triu(1).bool(), -torch.inf).softmax(-1) @ v[:, shared])
        hidden = hidden + torch.cat(heads, -1) @ w[f"{stem}.self_attn.o_proj.weight"].T
        x = norm(hidden, f"{stem}.post_attention_layernorm")
        gate, up = (x @ w[f"{stem}.mlp.{name}_proj.weight"].T for name in ("gate", "up"))
        hidden = hidden + (gate * gate.sigmoid() * up) @ w[f"{stem}.mlp.down_proj.weight"].T
    expected = norm(hidden, "norm") @ w["lm_head.weight"].T

    ours = logits_of(load_decoder(folder, dtype=torch.float32), PROMPT)

    torch.testing.assert_close(ours.double(), expected, rtol=0, atol=1e-4)


def test_shards_are_one_checkpoint(tmp_path: Path):
    whole = load_decoder(write_decoder(tmp_path / "whole", "qwen3"), dtype=torch.float32)
    shards = load_decoder(write_decoder(tmp_path / "shards", "qwen3", shards=3), dtype=torch.float32)

    assert torch.equal(logits_of(whole, PROMPT), logits_of(shards, PROMPT))


def test_bfloat16_stays_near(tmp_path: Path):
    folder = write_decoder(tmp_path, "llama")
    exact = logits_of(load_decoder(folder, dtype=torch.float32), PROMPT)

    narrow = logits_of(load_decoder(folder, dtype=torch.bfloat16), PROMPT)

    assert torch.nn.functional.cosine_similarity(exact, narrow).min() > 0.99  # 8 bits of mantissa, two layers


def change(folder: Path, **tensors: torch.Tensor | None) -> None:
    """Replace or drop stored tensors."""
    stored = {**load_file(folder / "model.safetensors"), **tensors}
    save_file({name: t for name, t in stored.items() if t is not None}, folder / "model.safetensors")


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({"model.layers.1.self_attn.k_proj.weight": None}, "lacks layers.1.attention.qkv.weight"),
        ({"model.layers.0.self_attn.sinks": torch.zeros(6)}, "unexpected model.layers.0.self_attn.sinks"),
        ({"model.layers.7.mlp.up_proj.weight": torch.zeros(80, 48)}, "unexpected model.layers.7"),
        ({"model.norm.weight": torch.zeros(47)}, "lacks norm.weight"),
        ({"model.layers.0.self_attn.o_proj.weight": torch.zeros(48, 47)}, "does not fit its own config"),
    ],
)
def test_a_checkpoint_with_wrong_names_is_refused(tensors: dict[str, Any], message: str, tmp_path: Path):
    folder = write_decoder(tmp_path, "llama")
    change(folder, **tensors)

    with pytest.raises(ConfigError, match=message):
        load_decoder(folder, dtype=torch.float32)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"model_type": "gpt2"}, "served are llama, qwen2, qwen3"),
        ({"hidden_act": "gelu"}, "hidden_act must be silu"),
        ({"use_sliding_window": True}, "sliding-window"),
        ({"vocab_size": None}, "cannot be read"),
        ({"rope_scaling": {"rope_type": "longrope"}}, "rope_type must be"),
    ],
)
def test_a_shape_that_is_not_served_is_refused(overrides: dict[str, Any], message: str, tmp_path: Path):
    folder = write_decoder(tmp_path, "llama")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **overrides}))

    with pytest.raises(ConfigError, match=message):
        load_decoder(folder, dtype=torch.float32)


def test_pickled_weights_are_never_opened(tmp_path: Path):
    folder = write_decoder(tmp_path, "llama")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")

    with pytest.raises(ConfigError, match="neither model"):
        load_decoder(folder, dtype=torch.float32)


def test_an_index_may_not_leave_its_folder(tmp_path: Path):
    folder = write_decoder(tmp_path, "llama", shards=2)
    index = folder / "model.safetensors.index.json"
    index.write_text(index.read_text().replace("model-0", "../model-0"))

    with pytest.raises(ConfigError, match="outside its folder"):
        load_decoder(folder, dtype=torch.float32)
