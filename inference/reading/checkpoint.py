"""A published reader: weights, tokenizer, calibration; refused unless every file matches its checksum."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from inference.calibration import Calibration
from inference.errors import ConfigError
from inference.models.bert import BertForSpans
from inference.tokenizer import Tokenizer

RECORD = "checkpoint.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderCheckpoint:
    """An extractive reader of the BERT family."""

    model: BertForSpans
    tokenizer: Tokenizer
    calibration: Calibration
    abstain_below: float
    fingerprint: str

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Sums first, then safetensors; ConfigError for anything that does not agree."""
        try:
            text = (folder / RECORD).read_text(encoding="utf-8")
            record = json.loads(text)
            for name, expected in record["files"].items():
                if hashlib.sha256((folder / name).read_bytes()).hexdigest() != expected:
                    raise ConfigError(f"{folder.name}: {name} does not match its checksum")
            return cls(
                model=BertForSpans.load(folder),
                tokenizer=Tokenizer(folder),
                calibration=Calibration.from_json(record["calibration"]),
                abstain_below=float(record["threshold"]),
                fingerprint=hashlib.sha256(text.encode()).hexdigest()[:16],
            )
        except (OSError, ValueError, KeyError) as error:
            raise ConfigError(f"{folder} is no reader: {error!r}") from error
