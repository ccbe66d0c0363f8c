"""A run's last checkpoint → a folder that any Hugging Face reader of BERT's family loads.

Weights are stored in float16: half the bytes, and of values below 65,504 it keeps more
digits than bfloat16. The tokenizer is saved without truncation: windows are the reader's.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from .apart import LAYERS_APART
from .checkpoint import write_record
from .data import load_tokenizer
from .loop import TrainConfig
from .reading import ReadConfig

COPIED = ("vocab.txt", "special_tokens_map.json")


def export(
    run: Path, *, base: Path, target: Path, hardware: str, notes: str = ""
) -> dict[str, Any]:  # Any: a JSON document
    """Write ``target`` from ``run/last.pt``, on the tokenizer and configuration of ``base``."""
    kept = torch.load(run / "last.pt", map_location="cpu", weights_only=True)
    target.mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.to(torch.float16).contiguous() for name, tensor in kept["model"].items()}
    save_file(weights, target / "model.safetensors", metadata={"format": "pt"})
    _write_json(target / "config.json", _config(base, kept["config"].get("layers_apart", 0)))
    for name in COPIED:
        shutil.copyfile(base / name, target / name)
    load_tokenizer(base).save(str(target / "tokenizer.json"))
    settings = json.loads((base / "tokenizer_config.json").read_text(encoding="utf-8"))
    _write_json(target / "tokenizer_config.json", {**settings, "model_max_length": 512})
    record = _record(kept, hardware=hardware)
    if notes:
        record["training"]["notes"] = notes
    write_record(target, record)
    return record


def _config(base: Path, layers_apart: int) -> dict[str, Any]:  # Any: transformers' configuration, whole
    config = json.loads((base / "config.json").read_text(encoding="utf-8"))
    for name in ("_name_or_path", "torch_dtype", "gradient_checkpointing"):
        config.pop(name, None)
    apart = {LAYERS_APART: layers_apart} if layers_apart else {}
    return {**config, **apart, "architectures": ["BertForQuestionAnswering"], "dtype": "float16"}


def _record(kept: dict[str, Any], *, hardware: str) -> dict[str, Any]:
    settings, progress, read = kept["config"], kept["progress"], ReadConfig()
    command = (
        "python -m inference.training train --data DATA --folder RUN"
        f" --minutes {settings['minutes']:g} --learning-rate {settings['learning_rate']:g}"
        f" --batch-tokens {settings['batch_tokens']} --seed {settings['seed']}"
    )
    if (late := settings["late_per_pool"]) != TrainConfig(minutes=1).late_per_pool:
        command += f" --late-per-pool {late}"
    if settings.get("layers_apart"):
        command += f" --layers-apart {settings['layers_apart']}"
    if settings.get("more"):
        command += f" {settings['more']}"
    return {
        "base": "sentence-transformers/all-MiniLM-L6-v2",
        "training": {
            "command": command,
            "config": settings,
            "examples": progress["num_examples"],
            "steps": progress["step"],
            "minutes": round(progress["elapsed_s"] / 60, 1),
            "hardware": hardware,
        },
        "reading": {
            "max_tokens": read.max_tokens,
            "overlap": read.overlap,
            "max_answer_tokens": read.max_answer_tokens,
            "titles": bool(settings.get("titled")),
            "candidates_per_passage": read.candidates_per_passage,
        },
        "figures": {},
    }


def _write_json(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
