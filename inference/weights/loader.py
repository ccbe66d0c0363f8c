"""Safetensors → parameters; a missing or unexpected name is an error, never a random weight."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from inference.errors import ConfigError

from .rounded import restored

WEIGHTS = "model.safetensors"


def load_weights(
    module: torch.nn.Module,
    folder: Path,
    *,
    name_of: Callable[[str], str | None],
    shared: Mapping[str, torch.Tensor] | None = None,
) -> None:
    """Fill ``module`` in fp32; ``name_of`` maps a checkpoint's name to ours, None for one we do not use.

    ``shared`` are tensors by our names that the folder leaves to another checkpoint.
    """
    stored = read_weights(folder)
    renamed = {ours: tensor.float() for theirs, tensor in restored(stored).items() if (ours := name_of(theirs))}
    renamed |= {name: tensor.float() for name, tensor in (shared or {}).items()}
    wanted = set(module.state_dict())
    if missing := sorted(wanted - set(renamed)):
        raise ConfigError(f"{folder.name} lacks {', '.join(missing[:5])}")
    if unexpected := sorted(set(renamed) - wanted):
        raise ConfigError(f"{folder.name} holds the unexpected {', '.join(unexpected[:5])}")
    try:
        module.load_state_dict(renamed)
    except RuntimeError as error:
        raise ConfigError(f"{folder.name} does not fit its own config: {error}") from error


def read_weights(folder: Path) -> dict[str, torch.Tensor]:
    """Every tensor as it is stored; raises ConfigError."""
    try:
        return load_file(folder / WEIGHTS)
    except (OSError, SafetensorError) as error:
        raise ConfigError(f"{folder / WEIGHTS} cannot be read: {error}") from error


def one_tensor(folder: Path, name: str) -> torch.Tensor:
    """The tensor of this name alone, as it is stored."""
    try:
        with safe_open(folder / WEIGHTS, framework="pt") as stored:
            found: torch.Tensor = stored.get_tensor(name)
            return found
    except (OSError, SafetensorError) as error:
        raise ConfigError(f"{folder / WEIGHTS} holds no {name}: {error}") from error


def weights_digest(folder: Path) -> str:
    """SHA-256 of the weights, shortened; names them in fingerprints."""
    with (folder / WEIGHTS).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
