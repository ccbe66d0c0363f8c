"""Safetensors → parameters, a tensor at a time, from one file or from shards with an index.

Several stored tensors may fill one parameter, each a run of its rows. A parameter that
is not filled whole, and a name nobody asked for, are errors, never a random weight.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from inference.errors import ConfigError

from .loader import WEIGHTS

INDEX = f"{WEIGHTS}.index.json"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stored tensor goes: a parameter of ours, from this row on."""

    name: str
    row: int = 0


def stream_weights(module: torch.nn.Module, folder: Path, *, place_of: Callable[[str], Place | None]) -> None:
    """Fill ``module`` in the dtype it has; ``place_of`` says None for a name we do not use."""
    parameters = dict(module.named_parameters())
    filled: Counter[str] = Counter()
    unexpected = []
    for theirs, tensor in _stored(folder):
        place = place_of(theirs)
        if place is None:
            continue
        if place.name not in parameters:
            unexpected.append(theirs)
            continue
        target = parameters[place.name].data[place.row : place.row + len(tensor)]
        if target.shape != tensor.shape:
            raise ConfigError(f"{folder.name} does not fit its own config: {theirs} is {list(tensor.shape)}")
        target.copy_(tensor)
        filled[place.name] += tensor.numel()
    if missing := sorted(name for name, parameter in parameters.items() if filled[name] != parameter.numel()):
        raise ConfigError(f"{folder.name} lacks {', '.join(missing[:5])}")
    if unexpected:
        raise ConfigError(f"{folder.name} holds the unexpected {', '.join(sorted(unexpected)[:5])}")


def checkpoint_digest(folder: Path) -> str:
    """SHA-256 of all that decides what a decoder writes, shortened: its weights, its shape, its words, its template."""
    total = hashlib.sha256()
    for path in sorted([*weight_files(folder), *folder.glob("*.json"), *folder.glob("*.jinja")]):
        with path.open("rb") as file:
            total.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()[:16]


def _stored(folder: Path) -> Iterator[tuple[str, Tensor]]:
    for path in weight_files(folder):
        try:
            with safe_open(path, framework="pt") as file:
                for name in file.keys():  # noqa: SIM118  # no mapping, though it has keys
                    yield name, file.get_tensor(name)
        except (OSError, SafetensorError) as error:
            raise ConfigError(f"{path} cannot be read: {error}") from error


def weight_files(folder: Path) -> list[Path]:
    """The checkpoint's safetensors files, in order; ConfigError where there are none."""
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    try:
        names = sorted(set(json.loads((folder / INDEX).read_text(encoding="utf-8"))["weight_map"].values()))
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ConfigError(f"{folder} holds neither {WEIGHTS} nor a readable {INDEX}") from error
    if strange := [name for name in names if Path(name).name != name]:
        raise ConfigError(f"{INDEX} names a file outside its folder: {strange[0]}")
    return [folder / name for name in names]
