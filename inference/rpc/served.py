"""Served: what an engine elsewhere says of itself, and its encoder's tokenizer, so that counting tokens is no call."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from inference.tokenizer import Tokenizer

from . import engine_pb2 as pb


@dataclass(frozen=True, slots=True)
class Served:
    """The vocabulary belongs to the encoder described beside it."""

    engine: pb.Description
    tokenizer: Tokenizer

    @classmethod
    def of(cls, engine: pb.Description, known: Self | None, *, fetch: Callable[[], bytes]) -> Self:
        """With the tokenizer that is known where the encoder is the same; else ``fetch`` gives tokenizer.json."""
        if known and known.engine.encoder_fingerprint == engine.encoder_fingerprint:
            return cls(engine, known.tokenizer)
        return cls(engine, _tokenizer(fetch()))


def _tokenizer(content: bytes) -> Tokenizer:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "tokenizer.json").write_bytes(content)
        return Tokenizer(Path(folder))
