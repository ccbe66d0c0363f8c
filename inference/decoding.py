"""Decoding: a checkpoint's folder and a configuration → the tokenizer, scheduler and runner of a generator.

Which storage, which attention and whether passages are kept is decided here alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from .attention.base import AttentionBackend
from .attention.best import BestBlockAttention
from .attention.paged import PagedAttention
from .attention.sparse import Pattern, SparseAttention
from .chat import ChatTokenizer
from .config import DecodingConfig
from .device import Device
from .errors import ConfigError
from .kvcache.blocks import BlockPool
from .kvcache.bounds import KeyBounds
from .kvcache.passages import PassageStore
from .kvcache.prefix import PrefixCache
from .kvcache.storage import KVStorage, Storage
from .kvcache.storage_int8 import Int8KVStorage
from .layers.linear import DTYPES, choose_arithmetic, pack
from .models.compiled_steps import CompiledSteps
from .models.decoder import Decoder
from .models.decoder_runner import DecoderRunner, FusedSteps
from .models.passages import PassageKeys
from .models.registry import load_decoder
from .models.step_graphs import StepGraphs
from .quant.int8 import is_exact
from .scheduler.continuous import ContinuousScheduler
from .weights.stream import checkpoint_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoding:
    """Everything but the thread; ``passages`` is None where their keys are not kept."""

    tokenizer: ChatTokenizer
    scheduler: ContinuousScheduler
    runner: DecoderRunner
    fingerprint: str
    passages: PassageStore | None

    @classmethod
    def load(cls, folder: Path, config: DecodingConfig) -> Self:
        """Raises ConfigError for what cannot be served so."""
        if config.int8_prompts and not is_exact():
            raise ConfigError("this machine has no exact INT8 kernels, which int8_prompts needs")
        tokenizer = ChatTokenizer(folder)
        device = Device.open(config.device)
        arithmetic = choose_arithmetic(config.precision, is_cpu=device.is_cpu)
        model = load_decoder(folder, dtype=DTYPES[arithmetic])
        if device.is_cpu:
            pack(model, arithmetic, int8_inputs=config.int8_inputs, int8_prompts=config.int8_prompts)
        else:
            model.to(device.torch_device)
        shape, size = model.config, config.block_size
        max_tokens = min(config.max_context_length, shape.max_position_embeddings)

        block_bytes = _storage(model, config, num_blocks=1).token_bytes * size
        num_blocks = min(config.cache_mb * 2**20 // block_bytes, config.max_running * -(-max_tokens // size))
        if num_blocks < 1:
            raise ConfigError(f"cache_mb {config.cache_mb} does not hold one block of {block_bytes} bytes")
        storage = _storage(model, config, num_blocks=num_blocks + 1)  # the last is nobody's: padding is written there
        fingerprint = checkpoint_digest(folder)
        passages = _passages(model, config, name=f"{fingerprint}-{arithmetic}")
        scheduler = ContinuousScheduler(
            PrefixCache(BlockPool(num_blocks), block_size=size, reuse=config.prefix_reuse),
            max_running=config.max_running,
            max_step_tokens=config.max_step_tokens,
            max_queue=config.max_queue,
            max_tokens=max_tokens,
            max_drafts=config.max_drafts,
            is_known=passages.__contains__ if passages is not None else lambda passage: False,
        )
        runner = DecoderRunner(
            model,
            storage,
            _attention(storage, config),
            passages=None if passages is None else PassageKeys(model, storage, passages),
            fused=_fused(model, storage, config, device, scratch=num_blocks, max_tokens=max_tokens),
        )
        return cls(
            tokenizer=tokenizer,
            scheduler=scheduler,
            runner=runner,
            fingerprint=f"{fingerprint}:{config.shortcuts}" if config.shortcuts else fingerprint,
            passages=passages,
        )


def _storage(model: Decoder, config: DecodingConfig, *, num_blocks: int) -> Storage:
    layout = model.kv_layout(num_blocks=num_blocks, block_size=config.block_size)
    storage = Int8KVStorage(layout) if config.cache_int8 else KVStorage(layout)
    return KeyBounds(storage) if config.decode_keys else storage


def _passages(model: Decoder, config: DecodingConfig, *, name: str) -> PassageStore | None:
    if config.passage_folder is None:
        return None
    try:
        return PassageStore(
            Path(config.passage_folder) / name,
            max_bytes=config.passage_mb * 2**20,
            before=(model.config.num_hidden_layers, 2),
            after=(model.config.num_key_value_heads, model.config.head_dim),
        )
    except OSError as error:
        raise ConfigError(f"passage_folder {config.passage_folder} cannot be used: {error}") from error


def _attention(storage: Storage, config: DecodingConfig) -> AttentionBackend:
    pattern = Pattern() if config.sparse_attention else None
    if isinstance(storage, KeyBounds):
        return BestBlockAttention(storage, max_keys=config.decode_keys, pattern=pattern)
    if pattern:
        return SparseAttention(storage, pattern=pattern)
    return PagedAttention(storage)


def _fused(
    model: Decoder, storage: Storage, config: DecodingConfig, device: Device, *, scratch: int, max_tokens: int
) -> FusedSteps | None:
    """None where steps run op by op: so they were asked for, keys are left out, or nothing here runs them whole."""
    if not config.fused_steps or config.decode_keys or config.sparse_attention:
        return None
    if model.is_int8 and type(storage) is KVStorage:
        return CompiledSteps(model, storage, scratch=scratch)
    if (capture := device.graphs()) is None:
        return None
    return StepGraphs(model, storage, capture, scratch=scratch, max_rows=config.max_running, max_tokens=max_tokens)
