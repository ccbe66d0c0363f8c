"""A published reader: weights, tokenizer, calibration; refused unless every file matches its checksum.

A reader trained on frozen word embeddings leaves them, and the vocabulary, to the encoder
that the product carries. A plain Hugging Face folder has no record of ours: it is read with
the margin as its only sign of being right.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from inference.calibration import Calibration, Judgement
from inference.config import packaged_encoder
from inference.errors import ConfigError
from inference.models.bert import BertForSpans
from inference.tokenizer import Tokenizer
from inference.weights.loader import weights_digest

RECORD = "checkpoint.json"
_BY_MARGIN = Judgement(
    calibration=Calibration(names=("margin",), means=(0.0,), scales=(1.0,), weights=(0.5,), bias=0.0),
    abstain_below=0.5,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderCheckpoint:
    """An extractive reader of the BERT family; ``words`` and ``yes_no`` judge the two kinds of answers it gives."""

    model: BertForSpans
    tokenizer: Tokenizer
    words: Judgement
    yes_no: Judgement
    fingerprint: str
    reads_titles: bool = False  # trained on passages below their titles

    @property
    def reads_apart(self) -> bool:
        """Whether lower layers see a passage without its question, so that what they make of it is kept."""
        return self.model.seam is not None

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Sums first, then safetensors; ConfigError for anything that does not agree."""
        return cls._published(folder) if (folder / RECORD).is_file() else cls._plain(folder)

    @classmethod
    def _plain(cls, folder: Path) -> Self:
        """An extractive reader from elsewhere, uncalibrated."""
        return cls(
            model=BertForSpans.load(folder),
            tokenizer=Tokenizer(folder),
            words=_BY_MARGIN,
            yes_no=_BY_MARGIN,
            fingerprint=weights_digest(folder),
        )

    @classmethod
    def _published(cls, folder: Path) -> Self:
        try:
            text = (folder / RECORD).read_text(encoding="utf-8")
            record = json.loads(text)
            for name, expected in record["files"].items():
                if hashlib.sha256((folder / name).read_bytes()).hexdigest() != expected:
                    raise ConfigError(f"{folder.name}: {name} does not match its checksum")
            base = _base_of(record)
            return cls(
                model=BertForSpans.load(folder, words_of=base),
                tokenizer=Tokenizer(base or folder),
                words=Judgement.from_json(record),
                yes_no=Judgement.from_json(record.get("yes_no", record)),
                reads_titles=bool(record.get("reading", {}).get("titles")),
                fingerprint=hashlib.sha256(text.encode()).hexdigest()[:16],
            )
        except (OSError, ValueError, KeyError) as error:
            raise ConfigError(f"{folder} is no reader: {error!r}") from error


def _base_of(record: Mapping[str, Any]) -> Path | None:  # Any: JSON
    """The encoder that holds the reader's words; None when the folder is whole."""
    if "words" not in record:
        return None
    base = packaged_encoder()
    if weights_digest(base) != record["words"]["weights"]:
        raise ConfigError(f"this reader's words are those of {record['words']['package']}, which has changed")
    return base
