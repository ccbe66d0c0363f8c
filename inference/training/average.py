"""A reader and the one it was trained on from, averaged weight by weight (WiSE-FT; Wortsman et al., 2022).

Going on with training moves a reader towards its newest examples and away from some of what it read well before;
what lies between the two reads both at least as well, and costs nothing to find.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from safetensors.torch import save_file

from inference.errors import ConfigError
from inference.weights.loader import read_weights
from inference.weights.rounded import restored

from .checkpoint import RECORD, read_record, write_record

WEIGHTS = "model.safetensors"


def average(reader: Path, other: Path, *, share: float, target: Path) -> None:
    """Write ``target``: ``share`` of the exported ``reader``, the rest of ``other``, which may be INT8.

    What ``other`` leaves to the encoder is the reader's. ConfigError where the two are not of one shape.
    """
    ours, theirs = read_weights(reader), restored(read_weights(other))
    mixed = {}
    for name, tensor in ours.items():
        old = theirs.get(name, tensor)
        if old.shape != tensor.shape:
            raise ConfigError(f"{other} is not of {reader}'s shape: {name} is {tuple(old.shape)}")
        mixed[name] = tensor.float().lerp(old.float(), 1 - share).to(tensor.dtype).contiguous()
    record = read_record(reader)
    target.mkdir(parents=True, exist_ok=True)
    for name in record["files"]:
        if name not in (WEIGHTS, RECORD):
            shutil.copyfile(reader / name, target / name)
    save_file(mixed, target / WEIGHTS, metadata={"format": "pt"})
    said = f"python -m inference.training average --reader EXPORT --other OTHER --share {share:g} --target TARGET"
    training = {**record["training"], "command": f"{record['training']['command']}\n{said}"}
    write_record(target, {**record, "training": training, "figures": {}})
