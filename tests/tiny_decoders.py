"""Two-layer decoders of random weights, written as Hugging Face folders without Hugging Face's code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

FAMILIES = ("llama", "qwen2", "qwen3")
_ARCHITECTURES = {"llama": "LlamaForCausalLM", "qwen2": "Qwen2ForCausalLM", "qwen3": "Qwen3ForCausalLM"}


def write_decoder(folder: Path, family: str, *, seed: int = 0, shards: int = 1, **overrides: Any) -> Path:
    """A checkpoint of ``family``; ``overrides`` go into its config.json."""
    config = {
        "model_type": family,
        "architectures": [_ARCHITECTURES[family]],
        "vocab_size": 97,
        "hidden_size": 48,
        "intermediate_size": 80,
        "num_hidden_layers": 2,
        "num_attention_heads": 6,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "max_position_embeddings": 512,
        "rms_norm_eps": 1e-6,
        "rope_theta": 10000.0,
        "tie_word_embeddings": False,
        "bos_token_id": None,
        "eos_token_id": None,
        **overrides,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    names = sorted(tensors := _tensors(config, torch.Generator().manual_seed(seed)))
    if shards == 1:
        save_file(tensors, folder / "model.safetensors")
        return folder
    weight_map = {name: f"model-{place % shards}.safetensors" for place, name in enumerate(names)}
    for file in set(weight_map.values()):
        save_file({name: tensors[name] for name in names if weight_map[name] == file}, folder / file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}), encoding="utf-8")
    return folder


def _tensors(config: dict[str, Any], generator: torch.Generator) -> dict[str, torch.Tensor]:
    family, size, inner = config["model_type"], config["hidden_size"], config["intermediate_size"]
    queries = config["num_attention_heads"] * config["head_dim"]
    keys = config["num_key_value_heads"] * config["head_dim"]
    qkv_bias = family == "qwen2" or config.get("attention_bias", False)
    output_bias = family != "qwen2" and config.get("attention_bias", False)

    def weights(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator) * (0.3 if len(shape) == 2 else 0.1)

    found = {"model.embed_tokens.weight": weights(config["vocab_size"], size), "model.norm.weight": weights(size) + 1}
    if not config["tie_word_embeddings"]:
        found["lm_head.weight"] = weights(config["vocab_size"], size)
    for layer in range(config["num_hidden_layers"]):
        stem = f"model.layers.{layer}"
        products = {
            "self_attn.q_proj": (queries, size, qkv_bias),
            "self_attn.k_proj": (keys, size, qkv_bias),
            "self_attn.v_proj": (keys, size, qkv_bias),
            "self_attn.o_proj": (size, queries, output_bias),
            "mlp.gate_proj": (inner, size, config.get("mlp_bias", False)),
            "mlp.up_proj": (inner, size, config.get("mlp_bias", False)),
            "mlp.down_proj": (size, inner, config.get("mlp_bias", False)),
        }
        for name, (rows, columns, bias) in products.items():
            found[f"{stem}.{name}.weight"] = weights(rows, columns)
            if bias:
                found[f"{stem}.{name}.bias"] = weights(rows)
        for name in ("input_layernorm", "post_attention_layernorm"):
            found[f"{stem}.{name}.weight"] = weights(size) + 1
        if family == "qwen3":
            for name in ("q_norm", "k_norm"):
                found[f"{stem}.self_attn.{name}.weight"] = weights(config["head_dim"]) + 1
    return found


def write_byte_tokenizer(folder: Path, *, template: str | None = None) -> None:
    """A tokenizer of bytes: one token a byte, then the markers of turns."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: place for place, letter in enumerate(letters)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|im_start|>", "<|im_end|>"])
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {"eos_token": "<|im_end|>", **({"chat_template": template} if template else {})}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")


def write_generator(folder: Path, **overrides: Any) -> Path:
    """A decoder over bytes, with its tokenizer."""
    write_decoder(folder, "qwen2", vocab_size=258, **overrides)
    write_byte_tokenizer(folder)
    return folder


def prompts() -> list[tuple[int, ...]]:
    """Five prompts; two share a long beginning, one is the end of a block, one repeats itself."""
    numbers = torch.randint(0, 97, (80,), generator=torch.Generator().manual_seed(5)).tolist()
    shared = numbers[:24]
    return [
        (*shared, 1, 2),
        (*shared, 3, 4, 5),
        tuple(shared),
        tuple(numbers[30:33]),
        tuple(numbers[40:48] * 3),
    ]
