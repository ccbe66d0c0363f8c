"""Networks of random weights, small enough to load in milliseconds: two layers, a vocabulary of fifty words."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from inference.calibration import FEATURES, Calibration

WORDS = re.findall(
    r"\S+",
    "the mill opened in 1912 1954 burned down near river by ada babbage when did open who founded where was not first "
    "last cats sleep on mats what does do . ? a it house stood hill north south many years town , 山 水",
)
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, *(f"##{letter}" for letter in "abcdefgh")]

_LAYER_SHAPES = {
    "attention.self.query": (16, 16),
    "attention.self.key": (16, 16),
    "attention.self.value": (16, 16),
    "attention.output.dense": (16, 16),
    "intermediate.dense": (32, 16),
    "output.dense": (16, 32),
}


def write_encoder(
    folder: Path, *, max_tokens: int = 64, seed: int = 0, span_head: bool = False, layers_apart: int = 0
) -> Path:
    """A sentence-transformers folder: BERT of two layers of sixteen channels, two heads."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_tokenizer(folder)
    config = {
        "model_type": "bert",
        "hidden_act": "gelu",
        "vocab_size": len(VOCABULARY),
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "max_position_embeddings": 160,
        "type_vocab_size": 2,
        "layer_norm_eps": 1e-12,
        "num_layers_apart": layers_apart,
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": max_tokens}))
    save_file(_weights(torch.Generator().manual_seed(seed), span_head=span_head), folder / "model.safetensors")
    return folder


def write_reader(folder: Path, *, seed: int = 0, layers_apart: int = 0) -> Path:
    """A reader as `python -m inference.training export` writes one, its sums and its calibration in place."""
    write_encoder(folder, seed=seed, span_head=True, layers_apart=layers_apart)
    size = len(FEATURES)
    calibration = Calibration(
        names=FEATURES, means=(0.0,) * size, scales=(1.0,) * size, weights=(0.1,) * size, bias=0.0
    )
    files = ("config.json", "model.safetensors", "tokenizer.json")
    record = {
        "files": {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files},
        "calibration": calibration.to_json(),
        "abstain_below": 0.5,
    }
    (folder / "checkpoint.json").write_text(json.dumps(record))
    return folder


def _write_tokenizer(folder: Path) -> None:
    tokenizer = Tokenizer(models.WordPiece({word: at for at, word in enumerate(VOCABULARY)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.enable_truncation(8)  # as the packaged one has it: the engine must switch it off
    tokenizer.save(str(folder / "tokenizer.json"))


def _weights(generator: torch.Generator, *, span_head: bool) -> dict[str, torch.Tensor]:
    prefix = "bert." if span_head else ""

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator) * 0.3

    def norm(name: str) -> dict[str, torch.Tensor]:
        return {f"{name}.weight": 1 + drawn(16) / 3, f"{name}.bias": drawn(16)}

    found = {
        f"{prefix}embeddings.word_embeddings.weight": drawn(len(VOCABULARY), 16),
        f"{prefix}embeddings.position_embeddings.weight": drawn(160, 16),
        f"{prefix}embeddings.token_type_embeddings.weight": drawn(2, 16),
        **norm(f"{prefix}embeddings.LayerNorm"),
    }
    for number in range(2):
        layer = f"{prefix}encoder.layer.{number}"
        for name, (rows, columns) in _LAYER_SHAPES.items():
            found |= {f"{layer}.{name}.weight": drawn(rows, columns), f"{layer}.{name}.bias": drawn(rows)}
        found |= norm(f"{layer}.attention.output.LayerNorm") | norm(f"{layer}.output.LayerNorm")
    if span_head:
        found |= {"qa_outputs.weight": drawn(2, 16), "qa_outputs.bias": drawn(2)}
    return found
