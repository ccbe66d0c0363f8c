"""Random decoders of a stated size, ours and transformers', for the benchmarks of generation; no benchmark itself."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedModel, Qwen2Config, Qwen2ForCausalLM

from inference.attention.base import AttentionBackend
from inference.attention.paged import PagedAttention
from inference.completion import SamplingParams
from inference.kvcache.blocks import BlockPool
from inference.kvcache.passages import PassageStore
from inference.kvcache.prefix import PrefixCache
from inference.kvcache.storage import KVStorage, Storage
from inference.layers.linear import DTYPES, Arithmetic, pack
from inference.models.compiled_steps import CompiledSteps
from inference.models.decoder import Decoder
from inference.models.decoder_runner import DecoderRunner
from inference.models.passages import PassageKeys
from inference.models.registry import load_decoder
from inference.scheduler.continuous import ContinuousScheduler
from inference.sequence import Sequence as Seq

BLOCK = 16


@contextmanager
def checkpoint(*, layers: int = 8, size: int = 512, positions: int = 32_768) -> Iterator[Path]:
    """The folder of a random Llama; of 58 million weights by default."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=32_000,
        hidden_size=size,
        intermediate_size=3 * size,
        num_hidden_layers=layers,
        num_attention_heads=size // 64,
        num_key_value_heads=size // 128,
        max_position_embeddings=positions,
        eos_token_id=None,
        bos_token_id=None,
    )
    with tempfile.TemporaryDirectory() as folder:
        LlamaForCausalLM(config).save_pretrained(folder)
        yield Path(folder)


@contextmanager
def large_checkpoint() -> Iterator[Path]:
    """The folder of a random Qwen2 of 494 million weights, the shape of its 0.5 B."""
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=151_936,
        hidden_size=896,
        intermediate_size=4864,
        num_hidden_layers=24,
        num_attention_heads=14,
        num_key_value_heads=2,
        max_position_embeddings=32_768,
        tie_word_embeddings=True,
        eos_token_id=None,
        bos_token_id=None,
    )
    with tempfile.TemporaryDirectory() as folder:
        Qwen2ForCausalLM(config).save_pretrained(folder)
        yield Path(folder)


def load_ours(folder: Path, arithmetic: Arithmetic, *, int8_inputs: bool = True, int8_prompts: bool = False) -> Decoder:
    model = load_decoder(folder, dtype=DTYPES[arithmetic])
    pack(model, arithmetic, int8_inputs=int8_inputs, int8_prompts=int8_prompts)
    return model


def load_theirs(folder: Path, dtype: torch.dtype) -> PreTrainedModel:
    return LlamaForCausalLM.from_pretrained(folder, dtype=dtype).eval()


def random_prompt(num_tokens: int, *, seed: int = 0) -> tuple[int, ...]:
    return tuple(torch.randint(0, 32_000, (num_tokens,), generator=torch.Generator().manual_seed(seed)).tolist())


def storage_for(model: Decoder, num_blocks: int) -> KVStorage:
    return KVStorage(model.kv_layout(num_blocks=num_blocks, block_size=BLOCK))


class Session:
    """Scheduler and runner without threads or text, so that a step can be timed alone."""

    def __init__(
        self,
        model: Decoder,
        *,
        num_blocks: int = 2048,
        reuse: bool = True,
        max_drafts: int = 0,
        max_step_tokens: int = 512,
        storage: Storage | None = None,
        attention: AttentionBackend | None = None,
        store: PassageStore | None = None,
    ) -> None:
        storage = storage or storage_for(model, num_blocks + 1)
        self.cache = PrefixCache(BlockPool(num_blocks), block_size=BLOCK, reuse=reuse)
        self.scheduler = ContinuousScheduler(
            self.cache,
            max_running=8,
            max_step_tokens=max_step_tokens,
            max_queue=99,
            max_tokens=32_768,
            max_drafts=max_drafts,
            is_known=lambda passage: store is not None and passage in store,
        )
        self._runner = DecoderRunner(
            model,
            storage,
            attention or PagedAttention(storage),
            passages=PassageKeys(model, storage, store) if store is not None else None,
            fused=CompiledSteps(model, storage, scratch=num_blocks)
            if model.is_int8 and attention is None and type(storage) is KVStorage
            else None,
        )

    def generate(self, prompts: Sequence[tuple[int, ...]], *, num_tokens: int) -> list[list[int]]:
        """Greedy tokens after each prompt, all at once."""
        sequences = [Seq(prompt=prompt, sampling=SamplingParams(max_tokens=num_tokens)) for prompt in prompts]
        self.run(*sequences)
        return [sequence.tokens[len(sequence.prompt) :] for sequence in sequences]

    def run(self, *sequences: Seq) -> None:
        for sequence in sequences:
            self.scheduler.submit(sequence)
        while self.scheduler.has_work:
            self.step()

    def step(self) -> None:
        step = self.scheduler.schedule()
        self.scheduler.deliver(step, self._runner.run(step))


@torch.inference_mode()
def generate_theirs(model: PreTrainedModel, prompts: Sequence[tuple[int, ...]], *, num_tokens: int) -> list[list[int]]:
    """Transformers' own loop over one padded batch; all prompts must have one length."""
    ids = torch.tensor(prompts)
    out = model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=num_tokens,
        min_new_tokens=num_tokens,
        do_sample=False,
        pad_token_id=0,
    )
    return [row[len(prompts[0]) :].tolist() for row in out]


def processor_s(act: Callable[[], object]) -> float:
    """Of one call on this thread, which a busy machine distorts less."""
    started = time.thread_time()
    act()
    return time.thread_time() - started
