"""An encoder's feed-forwards as they were trained for static INT8, beside the encoder whose other weights they use.

The file holds both products of each layer's (`layers.0.up.weight`, …), rounded as `inference/weights/rounded.py`
has it. They may be wider than the encoder's own: what runs far is continued in channels more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from inference.errors import ConfigError
from inference.quant.products import FeedWeights
from inference.quant.static import LayerSteps
from inference.weights.loader import read_weights
from inference.weights.rounded import STEP, ZERO, restored

RECORD = "checkpoint.json"
SHIPPED = Path(__file__).parents[1] / "checkpoints" / "encoder"


def rounded_feeds(folder: Path, *, of: str) -> list[FeedWeights] | None:
    """Those in ``folder``, its sums checked; None when it is not there, or belongs to other weights than ``of``.

    ConfigError for a file that is not what the record says.
    """
    if not (folder / RECORD).is_file():
        return None
    record = _record(folder)
    if record["rounds"]["weights"] != of:
        return None
    stored = read_weights(folder)
    plain = restored(stored)
    try:
        return [_feed(stored, plain, f"layers.{number}") for number in range(record["rounds"]["layers"])]
    except KeyError as error:
        raise ConfigError(f"{folder.name} lacks {error}") from error


def _record(folder: Path) -> dict[str, Any]:  # Any: a JSON document
    try:
        record: dict[str, Any] = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        for name, expected in record["files"].items():
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != expected:
                raise ConfigError(f"{folder.name}: {name} does not match its checksum")
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(f"{folder} holds no encoder's feed-forwards: {error!r}") from error
    return record


def _feed(stored: Mapping[str, Tensor], plain: Mapping[str, Tensor], name: str) -> FeedWeights:
    return FeedWeights(
        up=plain[f"{name}.up.weight"],
        up_bias=plain[f"{name}.up.bias"],
        down=plain[f"{name}.down.weight"],
        down_bias=plain[f"{name}.down.bias"],
        steps=LayerSteps(
            up=stored[f"{name}.up{STEP}"],
            middle=float(stored[f"{name}.down{STEP}"]),
            middle_zero=int(stored[f"{name}.down{ZERO}"]),
        ),
    )
